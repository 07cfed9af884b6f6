"""After a restore and the redelivery of every message, goods are where their facts say."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.consumer.routes import Routes
from tests.unit.domain.arrival import Events, final_state, known_parcels, last_position, without_answers
from tests.unit.domain.goods_facts import check_stock
from tests.unit.domain.goods_life import ORDER_ID, Life, lives
from tests.unit.domain.interleaving import Choice, Delivery
from tests.unit.domain.test_goods_any_order import MANY_CHOICES, lived
from tests.unit.domain.test_money_after_restore import RAISED, Restorable


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(life=lives(), choices=st.tuples(MANY_CHOICES, MANY_CHOICES, MANY_CHOICES))
async def test_goods_end_alike_after_a_restore(
    routes: Routes, life: Life, choices: tuple[list[Choice], list[Choice], list[Choice]]
) -> None:
    """Whatever the database lost, and whichever message comes again first: one state, and it is known."""
    before_copy, before_loss, redelivery = choices
    expected = await lived(routes, life, [])
    delivery = Delivery(routes, list(life.counts))
    await delivery.run()
    database = Restorable(delivery, [*life.counts, *life.messages])
    await delivery.deliver_some(before_copy)
    database.copy()
    await delivery.deliver_some(before_loss)

    database.restore(RAISED)
    await delivery.run(redelivery)

    assert without_answers(final_state(delivery.entities)) == without_answers(final_state(expected.entities))
    assert known_parcels(delivery.events) == known_parcels(expected.events)
    assert last_position(events_of_order(delivery)) == last_position(events_of_order(expected))
    check_stock(delivery.entities.values(), [*life.counts, *life.messages])


def events_of_order(delivery: Delivery) -> Events:
    """Return the events of the first order: only some orders have raised versions after a restore."""
    return {
        event_id: each for event_id, each in delivery.events.items() if each[3].get("orderId") == ORDER_ID
    }
