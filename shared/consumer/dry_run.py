"""What a message would come to if it were delivered now: the processor, over a store that only reads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.consumer.dry_run_result import DryRunResult, LaterEvent
from shared.consumer.idempotency import Change, Claim, Snapshot
from shared.consumer.ports import Process, Publisher, Store
from shared.consumer.push_handler import explain_failure
from shared.contracts.envelope import Envelope
from shared.contracts.outgoing import OutgoingMessage
from shared.domain.history import sort_timeline
from shared.domain.order import HistoryEntry, Order
from shared.domain.refs import Ref
from shared.errors import LostRace, MessageError, Outcome

MakeProcess = Callable[[Store, Publisher], Process]
"""Puts a function's processor together over these instead of the real ones."""


@dataclass(slots=True)
class DryRunStore:
    """A store and publisher that read the present, write nothing, and remember what was asked of them."""

    store: Store
    seen: Snapshot | None = None
    changes: Sequence[Change] = field(default_factory=tuple)

    async def load(self, claim: str, refs: Sequence[Ref]) -> Snapshot:
        """Read as the real store does."""
        self.seen = await self.store.load(claim, refs)
        return self.seen

    async def commit(self, claim: Claim, changes: Sequence[Change]) -> None:
        """Check what the commit would have found, and remember the changes."""
        if self.seen is None:
            found = await self.load(claim.id, [change.entity.ref for change in changes])
            if found.claim is not None or found.state:
                raise LostRace("exists: as a commit without reading would have found out")
        self.changes = changes

    def mark_published(self, claim: str) -> None:
        """Mark nothing."""

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Publish nothing."""


async def dry_run(make_process: MakeProcess, store: Store, envelope: Envelope) -> DryRunResult:
    """Ask the processor what it would make of a delivery, without committing or publishing."""
    dry = DryRunStore(store)
    try:
        outcome = await make_process(dry, dry)(envelope)
    except Exception as error:  # noqa: BLE001 - a bug is a forecast too
        return _failing(error, dry, envelope.publish_time)
    return DryRunResult(
        outcome=outcome,
        later_events=_later_events(dry, envelope.publish_time),
        processed_at=_processed_at(dry),
    )


def _failing(error: Exception, dry: DryRunStore, published: datetime) -> DryRunResult:
    failure_reason = explain_failure(error)
    return DryRunResult(
        outcome=error.outcome if isinstance(error, MessageError) else Outcome.ERROR,
        reason=failure_reason.slug,
        detail=failure_reason.detail,
        later_events=_later_events(dry, published),
        processed_at=_processed_at(dry),
    )


def _processed_at(dry: DryRunStore) -> datetime | None:
    claim = dry.seen.claim if dry.seen else None
    return claim.processed_at if claim else None


def _later_events(dry: DryRunStore, published: datetime) -> tuple[LaterEvent, ...]:
    """Tell what happened to the order after what the message would add, or after its publication."""
    before = _history(list(dry.seen.state.values()) if dry.seen else [])
    added = _history([change.entity for change in dry.changes]) - before
    own_time = min((entry.at for entry in added), default=published)
    later = sort_timeline(entry for entry in before if entry.at > own_time)
    return tuple(LaterEvent(at=each.at, event=each.event, ref=each.ref) for each in later)


def _history(entities: Sequence[object]) -> set[HistoryEntry]:
    return {entry for order in entities if isinstance(order, Order) for entry in order.history}
