"""A reservation in parts ends as its facts say, in any order of arrival."""

from unittest import mock

from hypothesis import HealthCheck, given, settings

from shared.consumer.routes import Routes
from shared.domain import divide_step, reservation_step
from tests.unit.domain.arrival import final_state, without_answers
from tests.unit.domain.goods_facts import check_stock
from tests.unit.domain.goods_life import Life, lives
from tests.unit.domain.interleaving import Choice
from tests.unit.domain.test_goods_any_order import MANY_CHOICES, known_goods, lived


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(life=lives(), choices=MANY_CHOICES)
async def test_goods_of_a_divided_reservation_end_alike(
    routes: Routes, life: Life, choices: list[Choice]
) -> None:
    """With one line in each part, every step of more than one line is divided."""
    with (
        mock.patch.object(divide_step, "PART_ITEMS", 1),
        mock.patch.object(reservation_step, "PART_ITEMS", 1),
    ):
        expected, found = await lived(routes, life, []), await lived(routes, life, choices)

    assert without_answers(final_state(found.entities)) == without_answers(final_state(expected.entities))
    assert known_goods(found) == known_goods(expected)
    check_stock(found.entities.values(), [*life.counts, *life.messages])
