"""Derived ids are stable and distinct, and claims outlive every way a message can come back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.consumer.idempotency import (
    CLAIM_RETENTION,
    FAILURE_RETENTION,
    Claim,
    Snapshot,
    claim_id,
    delivery_fingerprint,
    event_id,
    legacy_fingerprint,
)
from shared.digest import digest
from shared.domain.stock import BEFORE_EVERY_COUNT, Stock
from tests.lab.stack.topology import Subscription, Topology, load

REVIEW = timedelta(days=30)
"""How long a person may take to replay a failed message."""
AT = datetime(2024, 1, 10, 10, 0, 0, 123000, tzinfo=UTC)
TOPOLOGY = load()


def way_back(topology: Topology, subscription: Subscription) -> timedelta:
    """Return how long after it was published a message of a subscription can still be delivered."""
    source = max(topology.topics[subscription.topic].retention_seconds, subscription.retention_seconds)
    return timedelta(seconds=source + dead_letter_way(topology, subscription))


def dead_letter_way(topology: Topology, subscription: Subscription) -> int:
    """Return how many seconds a message's dead letter can wait for the function that stores it."""
    topic = subscription.dead_letter_topic
    if topic is None:
        return 0
    waiting = [s.retention_seconds for s in topology.dead_letter_subscriptions.values() if s.topic == topic]
    return max([topology.dead_letter_topics[topic].retention_seconds, *waiting])


@pytest.mark.parametrize("name", TOPOLOGY.subscriptions)
def test_a_claim_outlives_every_way_a_message_comes_back(name: str) -> None:
    """The longest stay in the source, as a dead letter and in review ends before the claim does."""
    assert way_back(TOPOLOGY, TOPOLOGY.subscriptions[name]) + REVIEW <= CLAIM_RETENTION


@pytest.mark.parametrize("name", TOPOLOGY.subscriptions)
def test_the_record_of_a_failure_outlives_its_dead_letter(name: str) -> None:
    """The failure reason still exists when its dead letter is stored at the last moment."""
    waiting = dead_letter_way(TOPOLOGY, TOPOLOGY.subscriptions[name])

    assert timedelta(seconds=waiting) <= FAILURE_RETENTION


def test_a_claim_expires_by_the_time_it_was_processed() -> None:
    """Expiry counts from processing, not from any later delivery."""
    claim = Claim(
        scope="order_create", key="QC-1", fingerprint="f", message_id="1", outbox=(), processed_at=AT
    )

    assert claim.expire_at == AT + CLAIM_RETENTION
    assert claim.id == claim_id("order_create", "QC-1")


def test_stored_ids_never_change() -> None:
    """Stored and published ids are derived as they were when this test was written."""
    claim = claim_id("order_create", "QC-2024-01-10-000001")

    assert claim == "fe46522b9864129a3a9321b768df901a"
    assert event_id(claim, "order.created", 0) == "e8ecd423c9dba10688f8d4112d3a849d"
    assert delivery_fingerprint("order-create-sub", AT, b"{}", {}) == "085495fefb06ef82a3ce50c8ef9d9ca7"
    assert legacy_fingerprint("order-create-sub", AT, b"{}") == "085495fefb06ef82a3ce50c8ef9d9ca7"
    assert (
        delivery_fingerprint("order-create-sub", AT, b"{}", {"source": "A"})
        == "905f45d991bb3d66b84f48d803024544"
    )


@settings(deadline=None)
@given(st.lists(st.text() | st.binary()), st.lists(st.text() | st.binary()))
def test_parts_are_kept_apart(one: list[str | bytes], other: list[str | bytes]) -> None:
    """Two digests are equal only where every part is, wherever one part ends and the next begins."""
    parts = [[p.encode() if isinstance(p, str) else p for p in each] for each in (one, other)]

    assert (digest(*one) == digest(*other)) == (parts[0] == parts[1])


def test_events_of_one_claim_have_different_ids() -> None:
    """Claim, type and position each make another id."""
    ids = {
        event_id(claim, kind, position)
        for claim in ("a", "b")
        for kind in ("order.created", "order.allocated")
        for position in (0, 1)
    }

    assert len(ids) == 8


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC)), st.binary())
def test_a_dead_letter_has_the_fingerprint_of_its_message(published: datetime, data: bytes) -> None:
    """Cut to milliseconds and written with another offset, the publish time still names the same delivery."""
    published = published.replace(year=2024, microsecond=published.microsecond // 1000 * 1000)
    elsewhere = published.astimezone(timezone(timedelta(hours=7)))

    sent = {"source": "QC-SMF", "version": "1.0"}
    arrived = {"version": "1.0", "CloudPubSubDeadLetterSourceSubscription": "a-sub", "source": "QC-SMF"}
    assert delivery_fingerprint("a-sub", published, data, sent) == delivery_fingerprint(
        "a-sub", elsewhere, data, arrived
    )


def test_deliveries_of_other_messages_have_other_fingerprints() -> None:
    """Subscription, publish time, data and attributes each make another delivery."""
    fingerprints = {
        delivery_fingerprint(subscription, AT + timedelta(milliseconds=later), data, attributes)
        for subscription in ("a-sub", "b-sub")
        for later in (0, 1)
        for data in (b"", b"{}")
        for attributes in ({}, {"a": "bc"}, {"ab": "c"}, {"a": "b", "c": ""})
    }

    assert len(fingerprints) == 32


def test_a_further_read_adds_to_the_first() -> None:
    """What was read later is newer: its claim and its versions replace those of the first read."""
    one, other = (
        Stock(location_id="LOC-1", sku=sku, on_hand=1, reserved=0, updated_at=BEFORE_EVERY_COUNT)
        for sku in ("A", "B")
    )
    claim = Claim(scope="s", key="k", fingerprint="f", message_id="1", outbox=(), processed_at=AT)
    counted = replace(other, on_hand=2)
    first = Snapshot(claim=None, state={one.ref: one, other.ref: other}, versions={one.ref: 1, other.ref: 1})

    both = first.with_more(Snapshot(claim=claim, state={other.ref: counted}, versions={other.ref: 2}))

    assert both == Snapshot(
        claim=claim, state={one.ref: one, other.ref: counted}, versions={one.ref: 1, other.ref: 2}
    )
