"""What contradicts an order is recorded once and published by whichever rule recorded it."""

from msgspec.structs import replace

from shared.domain.complete_decision import complete_decision
from shared.domain.decision import Decision
from shared.domain.order import Order, OrderException
from shared.domain.order_exception import OrderExceptionRaised, with_exception
from tests.unit.domain.fulfilling import NOW, ORDERED_AT, order_of

ORDER = order_of(("A", 1, 100))


def excepted(order: Order, ref: str = "CAP-1") -> Order:
    """Record an exception on an order."""
    return with_exception(order, code="short.no_substitute", at=ORDERED_AT, ref=ref)


def test_an_exception_is_recorded_once() -> None:
    """The same code and ref is the same exception, whenever it is seen again; another ref is another one."""
    once = excepted(ORDER)

    assert once.exceptions == (OrderException(at=ORDERED_AT, code="short.no_substitute", ref="CAP-1"),)
    assert with_exception(once, code="short.no_substitute", at=NOW, ref="CAP-1") == once
    assert len(excepted(once, "CAP-2").exceptions) == 2


def test_exceptions_stand_in_the_order_of_their_times_however_they_were_recorded() -> None:
    """Two facts end in the same order of entries, whichever arrived first."""
    assert excepted(excepted(ORDER, "CAP-1"), "CAP-2") == excepted(excepted(ORDER, "CAP-2"), "CAP-1")


def test_a_new_exception_is_published_with_the_decision_that_recorded_it() -> None:
    """`order.exception` follows the rule's own events; an exception that was there before does not."""
    before = excepted(ORDER, "CAP-1")
    after = replace(excepted(before, "CAP-2"), version=7)

    decision = complete_decision({before.ref: before}, Decision(changes=(after,)))

    assert [each for each in decision.events if isinstance(each, OrderExceptionRaised)] == [
        OrderExceptionRaised(
            ordering_key=ORDER.customer_id,
            order_id=ORDER.order_id,
            order_version=7,
            occurred_at=ORDERED_AT,
            code="short.no_substitute",
            ref="CAP-2",
        ),
    ]


def test_a_stale_decision_stays_stale() -> None:
    """Nothing is published of an order that no rule changed."""
    assert complete_decision({}, Decision()).stale
