"""The bench says when its figures were taken beside other work."""

import os
import subprocess
import sys

import pytest

from tests.lab import processor
from tests.lab.bench.machine_load import Reading, share, warning

BURN = "x = 0\nfor each in range(3_000_000): x += each"


@pytest.mark.parametrize(
    ("machine", "own", "expected"),
    [(10.0, 10.0, 0.0), (10.0, 8.0, 0.1), (20.0, 0.0, 1.0), (9.9, 10.0, 0.0)],
    ids=["nobody", "somebody", "others alone", "counted in ticks"],
)
def test_others_have_what_is_not_ours(machine: float, own: float, expected: float) -> None:
    """What the machine was busy with and we were not, by all that its two cores could do in ten seconds."""
    assert share(Reading(0.0, 0.0, 0.0), Reading(10.0, machine, own), 2) == expected


def test_only_a_busy_machine_is_told_of() -> None:
    """A figure from a quiet machine stands alone."""
    assert warning({"per message": 0.01, "instance": 0.05}) == ""
    assert (
        warning({"per message": 0.01, "instance": 0.3})
        == "; others used the machine meanwhile: instance (30%)"
    )


def test_what_a_process_started_is_its_own_even_when_it_has_ended() -> None:
    """A child that was waited for counts for who started it, and so for the bench."""
    before = processor.of_everybody_below(os.getpid())
    subprocess.run([sys.executable, "-c", BURN], check=True)

    assert processor.of_everybody_below(os.getpid()) - before > 0.03
    assert processor.of_machine() > 0
