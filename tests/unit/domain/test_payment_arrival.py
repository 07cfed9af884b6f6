"""Payments travel on three topics, which nothing keeps in step."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.domain.order_position import order_position
from shared.errors import MessageError
from tests.unit.domain.fulfilling import delivered
from tests.unit.domain.paying import (
    EXPIRES_AT,
    Movement,
    authorization,
    capture,
    moved,
    new_order,
    paid,
    refund,
)

VALID: tuple[Movement, ...] = (
    authorization(1, 100),
    authorization(2, 50, expires=EXPIRES_AT + timedelta(days=1)),
    capture(1, 30),
    capture(2, 70),
    capture(3, 50, at=EXPIRES_AT),
    refund(1, 20),
    refund(2, 130),
)
AMOUNTS = st.integers(min_value=1, max_value=200)
MOVEMENTS = st.one_of(
    st.builds(authorization, st.integers(1, 999), AMOUNTS),
    st.builds(capture, st.integers(1, 999), AMOUNTS),
    st.builds(refund, st.integers(1, 999), AMOUNTS),
)


@given(st.permutations(VALID))
def test_any_order_of_arrival_ends_in_the_same_order(movements: list[Movement]) -> None:
    """With redelivery, the seven movements end in one state, whichever topic is faster."""
    assert delivered(new_order(), moved, movements, MessageError) == paid(new_order(), *VALID)


def test_movements_are_kept_by_their_ids() -> None:
    """Movements are sorted by their ids, whatever the order of arrival and their times."""
    movements = (
        authorization(2, 100),
        authorization(1, 100, expires=EXPIRES_AT + timedelta(days=1)),
        capture(2, 10),
        capture(1, 20, at=EXPIRES_AT),
        refund(2, 2),
        refund(1, 1),
    )

    payment = paid(new_order(), *movements).payment

    assert [each.authorization_id for each in payment.authorizations] == ["AUTH-1", "AUTH-2"]
    assert [each.capture_id for each in payment.captures] == ["CAP-1", "CAP-2"]
    assert [each.refund_id for each in payment.refunds] == ["REF-1", "REF-2"]


@given(st.lists(MOVEMENTS, max_size=12))
def test_no_more_is_refunded_than_was_captured(movements: list[Movement]) -> None:
    """Whatever is sent, refunds stay within captures; what is left to do accounts for every amount."""
    order = new_order()
    for movement in movements:
        try:
            order = moved(order, movement)
        except MessageError:
            continue
        position = order_position(order)
        assert position.refunded_minor <= position.captured_minor
        done = position.captured_minor + position.to_capture_minor + position.to_authorize_minor
        assert done - position.refunded_minor - position.to_refund_minor == position.due_minor


@given(st.permutations(VALID))
def test_only_what_was_paid_differs(movements: list[Movement]) -> None:
    """Payments change the payment, the history and the version, and nothing else of an order."""
    before, after = new_order(), delivered(new_order(), moved, movements, MessageError)
    same = replace(
        after,
        payment=before.payment,
        history=before.history,
        version=before.version,
        updated_at=before.updated_at,
    )
    assert same == before
