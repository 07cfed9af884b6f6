"""The recorded usage of the capacity model is what the functions really use."""

import pytest

from tests.lab.capacity.count import count
from tests.lab.capacity.usage import ORDER, REJECTED, RESERVATION, Usage, read_recorded
from tests.lab.stack.emulators import Emulators

pytestmark = pytest.mark.emulator

SIZE_TOLERANCE = 0.1
"""Allowed difference of sizes: ids, times and ciphertexts differ in length between runs."""


@pytest.mark.timeout(300)  # starts two stacks
async def test_messages_are_billed_as_the_model_says(emulators: Emulators) -> None:
    """Counts are equal and sizes similar; if not, run `python -m tests.lab.capacity --count`."""
    counted, model = await count(emulators.variables), read_recorded()
    for kind in (ORDER, RESERVATION, REJECTED):
        assert counts(counted[kind]) == counts(model[kind]), kind
        assert sizes(counted[kind]) == pytest.approx(sizes(model[kind]), rel=SIZE_TOLERANCE), kind


def counts(usage: Usage) -> dict[str, object]:
    """Return the amounts that are billed by number."""
    return {
        "deliveries": usage.deliveries,
        "reads": usage.reads,
        "writes": usage.writes,
        "deletes": usage.expiring,
    }


def sizes(usage: Usage) -> dict[str, int]:
    """Return the amounts that are billed by size."""
    return {
        "kept": usage.kept_bytes,
        "expiring": usage.expiring_bytes,
        "pubsub": usage.pubsub_bytes,
        "published": usage.published_bytes,
        "log": usage.log_bytes,
    }
