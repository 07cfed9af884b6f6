"""From an envelope to its outcome: contract, claim, decision, commit, publish."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from random import Random
from typing import Any, NamedTuple, Self

from shared.consumer.idempotency import EMPTY_SNAPSHOT, Change, Claim, Snapshot, claim_id, event_id
from shared.consumer.keyed_turns import KeyedTurns
from shared.consumer.ports import Clock, Publisher, Sleep, Store
from shared.consumer.routes import CommandContract, Route, Routes
from shared.contracts.envelope import WAITING_SINCE, Envelope
from shared.contracts.outgoing import EVENT_SOURCE, outgoing_message
from shared.contracts.provenance import check_version
from shared.contracts.time_types import Publication
from shared.domain.complete_decision import complete_decision
from shared.domain.decision import Decision, DomainEvent, Event, OrderEvent
from shared.domain.refs import Ref
from shared.errors import Conflict, LostRace, Outcome, StoreContended, UnknownEventType, UnknownSubscription

MAX_TRIES = 5
"""How often a delivery decides; after this many lost races Pub/Sub has to redeliver it."""

EVENT_TIME = "timestamp"
"""The attribute with the time of the event (requirements 3.2)."""

SHOP_CURRENCY = "shopCurrency"
"""Added to the attributes: the currency of an order that names none."""

MAX_PAUSE_S = 0.05
"""The longest pause, times the number of lost races: other writers finish a commit in about this time."""


class _Message(NamedTuple):
    """A valid message: what every try to decide on it uses."""

    envelope: Envelope
    route: Route[Any]
    payload: CommandContract[Any]
    command: Any
    key: str
    """The business key of its claim."""
    refs: tuple[Ref, ...]
    """What the decision reads first."""

    @classmethod
    def of(cls, envelope: Envelope, route: Route[Any], payload: CommandContract[Any]) -> Self:
        """Derive the command of the payload, and from it the key and the references."""
        command = payload.to_command()
        return cls(envelope, route, payload, command, route.key(command), route.refs(command))


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """Process messages: validate, claim and change in one commit, publish."""

    routes: Routes
    topics: Mapping[str, str]
    """The topic of each subscription; both are short names."""
    store: Store
    publisher: Publisher
    clock: Clock
    random: Random
    sleep: Sleep
    shop_currency: str
    catch_alls: AbstractSet[str] = frozenset()
    """Subscriptions that take the event types which no other subscription of their topic takes."""
    max_ahead: timedelta = timedelta(days=1)
    """How far after its publication a message may say that something happened."""
    time_zone: tzinfo = UTC
    """The time zone of a `timestamp` attribute without an offset."""
    min_order_version: int = 0
    """The lowest version of an order that changes."""
    lost_period: tuple[datetime, datetime] | None = None
    """From the moment that the database was restored to, until the restore."""
    turns: KeyedTurns = field(default_factory=KeyedTurns)

    async def process(self, envelope: Envelope) -> Outcome:
        """Process one message and return its outcome; raise MessageError where it fails.

        When this returns, the effects are committed and the events are published, so the message may be
        acknowledged.
        """
        route = self._route(envelope)
        if route is None or self._is_undone(envelope):
            return Outcome.IGNORED
        check_version(envelope.attributes, route.contract.contract_version)
        publication = Publication(envelope.publish_time, self.max_ahead, self.time_zone)
        payload = route.contract.parse(envelope.data, self._attributes(route, envelope), publication)
        claim, outcome = await self._decide_in_turn(_Message.of(envelope, route, payload))
        if claim is not None and claim.published_at is None:
            await self.publisher.publish(claim.outbox)
            for each in claim.claims_to_commit():
                self.store.mark_published(each.id)
        return outcome

    def _route(self, envelope: Envelope) -> Route[Any] | None:
        topic = self.topics.get(envelope.subscription)
        if topic is None:
            raise UnknownSubscription("subscription: does not belong to this function")
        by_type = self.routes.get((topic, envelope.attributes.get("eventType")))
        route = by_type or self.routes.get((topic, None))
        if route is None and envelope.subscription in self.catch_alls:
            raise UnknownEventType("eventType: must be one of the topic's event types")
        return route

    def _is_undone(self, envelope: Envelope) -> bool:
        """Return whether a function published the message about work that a restore has undone.

        What producers published then is delivered again, and functions publish what follows from it now.
        """
        if self.lost_period is None or envelope.attributes.get("source") != EVENT_SOURCE:
            return False
        restored_to, restored_at = self.lost_period
        return restored_to < envelope.publish_time < restored_at

    def _attributes(self, route: Route[Any], envelope: Envelope) -> Mapping[str, str]:
        """Add what the envelope and the settings say to the message's attributes.

        The time of the event defaults to the publish time. A message not deferred yet waits from now.
        """
        if not route.contract.attribute_fields:
            return envelope.attributes
        waiting_since = envelope.waiting_since or self.clock()
        supplied = {WAITING_SINCE: waiting_since.isoformat(), SHOP_CURRENCY: self.shop_currency}
        return {EVENT_TIME: envelope.publish_time.isoformat(), **envelope.attributes, **supplied}

    async def _decide_in_turn(self, message: _Message) -> tuple[Claim | None, Outcome]:
        """Decide and commit, when no other delivery of this instance works on the same entities."""
        async with self.turns.take(() if message.route.creates else message.refs):
            return await self._decide_and_commit(message)

    async def _decide_and_commit(self, message: _Message) -> tuple[Claim | None, Outcome]:
        """Decide and commit, again after every lost race; the claim has the outbox to publish, if any."""
        for lost_races in range(MAX_TRIES):
            await self._pause(lost_races)
            with suppress(LostRace):
                unread = message.route.creates and lost_races == 0
                snapshot = EMPTY_SNAPSHOT if unread else await self._load(message)
                if snapshot.claim is not None:
                    return _check_duplicate(message, snapshot.claim), Outcome.DUPLICATE
                decision = complete_decision(
                    snapshot.state,
                    message.route.decide(snapshot.state, message.command, self.clock()),
                    self.min_order_version,
                )
                if decision.duplicate:
                    return await self._find_former_claim(message), Outcome.DUPLICATE
                if decision.empty:
                    return None, Outcome.STALE
                claim = _build_claim(message, decision, self.clock())
                claim = await self._copy_for_last_release(message, claim, lost_races)
                await self.store.commit(claim, _changes(decision, snapshot), decision.removed)
                return claim, Outcome.STALE if decision.stale else Outcome.PROCESSED
        raise StoreContended("order: changed by other deliveries at every try")

    async def _pause(self, lost_races: int) -> None:
        if lost_races > 1:
            await self.sleep(self.random.uniform(0, MAX_PAUSE_S * lost_races))

    async def _load(self, message: _Message) -> Snapshot:
        claim = claim_id(message.route.scope, message.key)
        snapshot = await self.store.load(claim, message.refs)
        asked = set(message.refs)
        while further := _further_refs(message, snapshot, asked):
            asked.update(further)
            snapshot = snapshot.with_more(await self.store.load(claim, further))
        return snapshot

    async def _copy_for_last_release(self, message: _Message, claim: Claim, lost_races: int) -> Claim:
        """Add a copy under the last release's key; after a lost race, unless another claim has that key."""
        if message.route.last_release_key is None:
            return claim
        key = message.route.last_release_key(message.command)
        other = await self._find_claim(message.route, key) if lost_races else None
        return claim if other else replace(claim, copy_key=key)

    async def _find_former_claim(self, message: _Message) -> Claim | None:
        """Find a claim that an earlier release stored under another key: its events may be unpublished."""
        for key in message.route.former_keys(message.command, message.payload.fingerprint()):
            claim = await self._find_claim(message.route, key)
            if claim is not None and message.payload.has_fingerprint(claim.fingerprint):
                return claim
        return None

    async def _find_claim(self, route: Route[Any], key: str) -> Claim | None:
        return (await self.store.load(claim_id(route.scope, key), ())).claim


def _check_duplicate(message: _Message, claim: Claim) -> Claim:
    """Return the claim; raise Conflict where its message had other content."""
    if not message.route.key_is_content and not message.payload.has_fingerprint(claim.fingerprint):
        raise Conflict("data: the same idempotency key was used with other content")
    return claim


def _further_refs(message: _Message, snapshot: Snapshot, asked: set[Ref]) -> tuple[Ref, ...]:
    """Return the further references to read; none where there is nothing to decide."""
    if message.route.further_refs is None or snapshot.claim is not None:
        return ()
    return tuple(
        ref for ref in message.route.further_refs(snapshot.state, message.command) if ref not in asked
    )


def _build_claim(message: _Message, decision: Decision, now: datetime) -> Claim:
    scope, envelope = message.route.scope, message.envelope
    return Claim(
        scope=scope,
        key=message.key,
        fingerprint=message.payload.fingerprint(),
        message_id=envelope.message_id,
        outbox=tuple(
            outgoing_message(
                event,
                event_id=_event_id(claim_id(scope, message.key), event, position),
                correlation_id=envelope.correlation_id,
                causation_id=envelope.message_id,
            )
            for position, event in enumerate(decision.events)
        ),
        processed_at=now,
    )


def _event_id(claim: str, event: DomainEvent, position: int) -> str:
    if isinstance(event, Event) and event.once_per_order:
        return event_id(claim_id("order", event.order_id), event.type, 0)
    if isinstance(event, OrderEvent) and event.id_has_version:
        return event_id(f"{claim}@{event.order_version}", event.type, position)
    return event_id(claim, event.type, position)


def _changes(decision: Decision, snapshot: Snapshot) -> list[Change]:
    return [Change(entity=each, version=snapshot.versions.get(each.ref)) for each in decision.changes]
