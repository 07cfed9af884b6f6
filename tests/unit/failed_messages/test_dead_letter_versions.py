"""One message has one id, whichever dead letter or version wrote it."""

from dataclasses import replace

from shared.consumer.idempotency import DeliveryFailure, legacy_fingerprint
from shared.errors import Outcome
from tests.messages import order
from tests.unit.consumer.processors import NOW, envelope
from tests.unit.failed_messages.dead_letters import (
    FORWARDED,
    REASON,
    Handling,
    forwarded,
    written_by_function,
)


async def test_two_messages_of_one_millisecond_are_two_failed_messages(handling: Handling) -> None:
    """Equal data in one publish call, with other attributes: each is stored, with its own attributes."""
    for place, severity in enumerate(("LOW", "HIGH")):
        attributes = FORWARDED | {"severity": severity, "correlationId": f"corr-{place}"}
        await handling.process(forwarded(attributes=attributes, message_id=f"dead-{place}"))

    stored = handling.failed_messages.stored.values()
    assert [each.dead_letter.attributes["severity"] for each in stored] == ["LOW", "HIGH"]
    assert [each.dead_letter.attributes["correlationId"] for each in stored] == ["corr-0", "corr-1"]


async def test_both_kinds_of_dead_letter_of_a_message_have_one_id(handling: Handling) -> None:
    """A function's dead letter and one that Pub/Sub forwards are the same failed message."""
    await handling.process(written_by_function())
    await handling.process(forwarded())

    assert len(handling.failed_messages.stored) == 1


async def test_a_message_of_an_older_version_keeps_its_id(handling: Handling) -> None:
    """Stored by an id without attributes, it is counted again there; another message is stored apart."""
    original = envelope(order())
    legacy = legacy_fingerprint(original.subscription, original.publish_time, original.data)
    await handling.process(forwarded())
    (stored,) = handling.failed_messages.stored.values()
    handling.failed_messages.stored = {legacy: replace(stored, fingerprint=legacy)}

    assert await handling.process(forwarded()) is Outcome.DUPLICATE
    assert handling.failed_messages.stored.keys() == {legacy}
    assert await handling.process(forwarded(attributes=FORWARDED | {"severity": "HIGH"})) is Outcome.PROCESSED
    assert len(handling.failed_messages.stored) == 2


async def test_a_failure_that_an_older_version_recorded_is_found(handling: Handling) -> None:
    """A consumer of an earlier release records the reason by the id without attributes."""
    original = envelope(order())
    legacy = legacy_fingerprint(original.subscription, original.publish_time, original.data)
    failure = DeliveryFailure(fingerprint=legacy, failure_reason=REASON, attempts=5, at=NOW)
    await handling.failures.record(failure)

    await handling.process(forwarded())

    assert handling.only_stored.failure_reason == REASON
