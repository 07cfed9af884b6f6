"""Functions may publish exactly what their code publishes."""

import re

import pytest

from tests.lab.stack import topology
from tests.terraform.sources import archive_files

TOPOLOGY = topology.load()
# A module that publishes an event constructs it; one that only takes a type from the events' module does not.
CONSTRUCTED = {"order-events": r"\bEvent\b", "reservation-events": r"\bReservation(Requested|Released)\("}


@pytest.mark.parametrize("function", sorted(TOPOLOGY.functions))
def test_a_function_may_publish_what_its_events_name(function: str) -> None:
    """A function is granted the topics of the events in the code it imports: no emulator would notice."""
    files = archive_files(function).values()
    code = "".join(file.read_text() for file in files if file.suffix == ".py")
    named = {topic for topic, pattern in CONSTRUCTED.items() if re.search(pattern, code)}
    granted = set(TOPOLOGY.functions[function].publishes)
    assert granted <= named
    if function != "dlq":  # shares the pipeline with its events, but publishes `message.failed` alone
        assert granted == named
