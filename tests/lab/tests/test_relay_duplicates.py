"""Duplicates are delivered as demanded."""

from random import Random

import pytest

from tests.lab.stack.relay.duplicates import Duplicates


def test_none_without_a_demand() -> None:
    """Without a demand every message is delivered once."""
    duplicates = Duplicates(_chance())
    assert not any(duplicates.choose(str(n)) for n in range(100))


def test_the_next_messages_are_chosen_once_each() -> None:
    """The next two messages are chosen once each, and no later one."""
    duplicates = Duplicates(_chance())
    duplicates.demand(next_messages=2)
    assert [duplicates.choose(message) for message in ["1", "1", "2", "3", "2", "3"]] == [
        True,
        False,
        True,
        False,
        False,
        False,
    ]


def test_a_ratio_chooses_that_share_of_messages() -> None:
    """About the demanded ratio of messages is chosen, each at most once."""
    duplicates = Duplicates(_chance())
    duplicates.demand(ratio=0.3)
    chosen = [message for message in map(str, range(1000)) if duplicates.choose(message)]
    assert 250 < len(chosen) < 350
    assert not any(duplicates.choose(message) for message in chosen)


@pytest.mark.parametrize("ratio", [-0.1, 1.1])
def test_ratio_out_of_range_is_refused(ratio: float) -> None:
    """A ratio outside 0 to 1 is refused."""
    with pytest.raises(ValueError, match="ratio"):
        Duplicates(_chance()).demand(ratio=ratio)


def _chance() -> Random:
    return Random(1)  # noqa: S311 - chance, no secret
