"""A dry run: process a message with today's code and a store that only reads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.consumer.function_answer import DryRunResult, LaterEvent
from shared.consumer.idempotency import Change, Claim, Snapshot
from shared.consumer.ports import Process, Publisher, Store
from shared.consumer.push_handler import explain_failure
from shared.contracts.envelope import Envelope
from shared.contracts.outgoing import OutgoingMessage
from shared.domain.history import sort_history
from shared.domain.order import HistoryEntry, Order
from shared.domain.refs import Ref
from shared.errors import LostRace, MessageError, Outcome

BuildProcess = Callable[[Store, Publisher], Process]
"""Builds a function's process over another store and publisher."""


@dataclass(slots=True)
class DryRunStore:
    """A store and publisher that write nothing and remember the changes of the decision."""

    store: Store
    snapshot: Snapshot | None = None
    changes: Sequence[Change] = field(default_factory=tuple)

    async def load(self, claim: str, refs: Sequence[Ref]) -> Snapshot:
        """Load from the real store."""
        found = await self.store.load(claim, refs)
        self.snapshot = self.snapshot.with_more(found) if self.snapshot else found
        return found

    async def commit(self, claim: Claim, changes: Sequence[Change], _removed: Sequence[Ref] = ()) -> None:
        """Check the preconditions of the commit and remember the changes."""
        if self.snapshot is None:
            found = await self.load(claim.id, [change.entity.ref for change in changes])
            if found.claim is not None or found.state:
                raise LostRace("exists: the claim or the state of a creation")
        self.changes = changes

    def mark_published(self, claim: str) -> None:
        """Mark nothing."""

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Publish nothing."""


async def dry_run(build_process: BuildProcess, store: Store, envelope: Envelope) -> DryRunResult:
    """Process a delivery without committing or publishing."""
    dry = DryRunStore(store)
    try:
        outcome = await build_process(dry, dry)(envelope)
    except Exception as error:  # noqa: BLE001 - a bug is a result too
        return _build_failed_result(error, dry, envelope.publish_time)
    return DryRunResult(
        outcome=outcome,
        later_events=_later_events(dry, envelope.publish_time),
        processed_at=_processed_at(dry),
    )


def _build_failed_result(error: Exception, dry: DryRunStore, published: datetime) -> DryRunResult:
    reason = explain_failure(error)
    return DryRunResult(
        outcome=error.outcome if isinstance(error, MessageError) else Outcome.ERROR,
        reason=reason.slug,
        detail=reason.detail,
        later_events=_later_events(dry, published),
        processed_at=_processed_at(dry),
    )


def _processed_at(dry: DryRunStore) -> datetime | None:
    claim = dry.snapshot.claim if dry.snapshot else None
    return claim.processed_at if claim else None


def _later_events(dry: DryRunStore, published: datetime) -> tuple[LaterEvent, ...]:
    """Return the events of the order that are later than the message's own, or than its publication."""
    before = _history(list(dry.snapshot.state.values()) if dry.snapshot else [])
    added = _history([change.entity for change in dry.changes]) - before
    own_time = min((entry.at for entry in added), default=published)
    later = sort_history(entry for entry in before if entry.at > own_time)
    return tuple(LaterEvent(at=each.at, event=each.event, ref=each.ref) for each in later)


def _history(entities: Sequence[object]) -> set[HistoryEntry]:
    return {entry for order in entities if isinstance(order, Order) for entry in order.history}
