"""The bench reports that other programs ran during a measurement."""

import os
import subprocess
import sys

import pytest

from tests.lab import cpu_time
from tests.lab.bench.machine_load import Reading, noise_share, noise_warning

BURN = "x = 0\nfor each in range(3_000_000): x += each"


@pytest.mark.parametrize(
    ("machine", "own", "expected"),
    [(10.0, 10.0, 0.0), (10.0, 8.0, 0.1), (20.0, 0.0, 1.0), (9.9, 10.0, 0.0)],
    ids=["no noise", "some noise", "noise only", "counted in ticks"],
)
def test_noise_is_the_rest_of_the_busy_time(machine: float, own: float, expected: float) -> None:
    """The busy time that is not the bench's own, divided by the time of both cores."""
    assert noise_share(Reading(0.0, 0.0, 0.0), Reading(10.0, machine, own), 2) == expected


def test_only_a_busy_machine_is_reported() -> None:
    """On a quiet machine the summary has no warning."""
    assert noise_warning({"per message": 0.01, "instance": 0.05}) == ""
    assert (
        noise_warning({"per message": 0.01, "instance": 0.3})
        == "; other programs used the machine: instance (30%)"
    )


def test_ended_children_count_for_their_parent() -> None:
    """The time of a child that has ended counts for its parent, and so for the bench."""
    before = cpu_time.of_all_descendants(os.getpid())
    subprocess.run([sys.executable, "-c", BURN], check=True)

    assert cpu_time.of_all_descendants(os.getpid()) - before > 0.03
    assert cpu_time.of_machine() > 0
