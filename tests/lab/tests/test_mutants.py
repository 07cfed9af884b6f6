"""The sample of mutants is repeatable, and every room has code and tests."""

import pytest

from tests.lab.mutants.rooms import ROOMS, Room, draw, mutants
from tests.lab.stack.paths import ROOT

NAMES = [f"shared.domain.totals.x__totals__mutmut_{number}" for number in range(50)]


def test_a_sample_depends_on_its_seed_and_stays_when_code_is_added() -> None:
    """A larger sample contains the smaller one; a mutant of new code takes the place of at most one other."""
    sample = draw(NAMES, 10, "1")

    assert sample == draw(NAMES[::-1], 10, "1")
    assert sample != draw(NAMES, 10, "2")
    assert set(sample) < set(draw(NAMES, 20, "1"))
    assert len(set(sample) - set(draw([*NAMES, "shared.domain.new.x_rule__mutmut_1"], 10, "1"))) <= 1


@pytest.mark.parametrize("name", ROOMS)
def test_every_room_has_mutants_and_tests(name: str) -> None:
    """A moved file or folder fails here, not after minutes."""
    assert all((ROOT / each).exists() for each in (*ROOMS[name].code, *ROOMS[name].tests))


def test_mutants_are_named_by_module_and_function() -> None:
    """Mutmut takes these names on its command line."""
    names = mutants(Room(code=("shared/domain/totals.py",), tests=()))

    assert len(names) == len(set(names))
    assert "shared.domain.totals.x_round_half_up__mutmut_1" in names
