"""What the capacity model takes a message to ask of the services is what functions ask of them."""

import pytest

from tests.lab.capacity.count import count
from tests.lab.capacity.usage import ORDER, REJECTED, RESERVATION, Usage, recorded
from tests.lab.stack.emulators import Emulators

pytestmark = pytest.mark.emulator

BYTES = 0.1
"""How far sizes may be off: ids, times and ciphertexts differ in length from run to run."""


@pytest.mark.timeout(300)  # two stacks, one after the other
async def test_messages_are_billed_as_the_model_says(emulators: Emulators) -> None:
    """Counts of calls and documents are exact, sizes nearly; else `python -m tests.lab.capacity --count`."""
    hosts = {"PUBSUB_EMULATOR_HOST": emulators.pubsub, "FIRESTORE_EMULATOR_HOST": emulators.firestore}
    counted, model = await count(hosts), recorded()
    for kind in (ORDER, RESERVATION, REJECTED):
        assert counts(counted[kind]) == counts(model[kind]), kind
        assert sizes(counted[kind]) == pytest.approx(sizes(model[kind]), rel=BYTES), kind


def counts(usage: Usage) -> dict[str, object]:
    """Return what is billed by the piece."""
    return {
        "deliveries": usage.deliveries,
        "reads": usage.reads,
        "writes": usage.writes,
        "deletes": usage.expiring,
    }


def sizes(usage: Usage) -> dict[str, int]:
    """Return what is billed by the byte."""
    return {
        "kept": usage.kept_bytes,
        "expiring": usage.expiring_bytes,
        "pubsub": usage.pubsub_bytes,
        "published": usage.published_bytes,
        "log": usage.log_bytes,
    }
