import pytest

from shared.domain.lines import name_lines


@pytest.mark.parametrize(
    ("numbers", "name"),
    [
        ([3, 1, 3], "1,3"),
        (range(1, 21), "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20"),
        (range(1, 50_001), "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,+49980"),
    ],
    ids=["unsorted and repeated", "twenty", "a large order"],
)
def test_a_history_names_lines_briefly(numbers: list[int], name: str) -> None:
    """Lines are named once and in order; beyond twenty it is said how many more there are."""
    assert name_lines(numbers) == name
