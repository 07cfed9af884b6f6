from datetime import datetime, timedelta

import pytest
from freezegun import freeze_time
from msgspec.structs import replace

from shared.bootstrap.adapters import utc_now
from shared.domain.order import Order, OrderStatus
from shared.domain.payment import Refund
from shared.domain.release_order import LineToPick, OrderReleased, release_order
from shared.domain.ship_order import ship_order
from shared.domain.violations import IllegalMove, MoveTooEarly, ReleaseNotAuthorized
from tests.unit.domain.fulfilling import (
    EXPIRES_AT,
    NOW,
    SHIPPED_AT,
    after,
    authorized,
    captured,
    changed,
    in_status,
    order_of,
    parcel,
    release,
)

INSTANT = timedelta(microseconds=1)


def is_released(order: Order, now: datetime = NOW) -> bool:
    """Return whether an allocated order is released, or has to wait for its payment."""
    try:
        return changed(release_order(order, release(), now)).status is OrderStatus.RELEASED
    except ReleaseNotAuthorized:
        return False


def refunded(order: Order, amount: int) -> Order:
    """Refund an amount, in minor units."""
    returned = Refund(refund_id="REF-1", payment_id="PAY-1", amount_minor=amount, refunded_at=NOW)
    return replace(order, payment=replace(order.payment, refunds=(returned,)))


def test_an_allocated_and_authorised_order_is_released() -> None:
    """The warehouse may begin; the event names the place."""
    decision = release_order(authorized(order_of(("A", 1, 10)), 60), release(), NOW)

    order = changed(decision)
    assert (order.status, order.released_at) == (OrderStatus.RELEASED, SHIPPED_AT)
    assert decision.events == (
        OrderReleased(
            ordering_key="CUST-1",
            order_id="O-1",
            occurred_at=SHIPPED_AT,
            released_by="QC-SMF",
            released_at=SHIPPED_AT,
            ship_from_location_id="LOC-BKK-001",
            line_count=1,
            lines=(LineToPick(line_number=1, sku="A", quantity=1),),
            lines_omitted=False,
        ),
    )


def test_a_release_may_be_overtaken_by_a_parcel() -> None:
    """A late release is noted; the order stays as far as it came."""
    order = after(authorized(order_of(("A", 2, 10)), 70), ship_order, parcel((1, "A", 1)))

    released = after(order, release_order, release())

    assert (released.status, released.released_at) == (OrderStatus.PARTIALLY_SHIPPED, SHIPPED_AT)


@pytest.mark.parametrize("status", [OrderStatus.CREATED, OrderStatus.BACKORDERED])
def test_a_release_before_allocation_is_too_early(status: OrderStatus) -> None:
    """The stock is still being looked for."""
    with pytest.raises(MoveTooEarly) as early:
        release_order(in_status(authorized(order_of(("A", 1, 10)), 60), status), release(), NOW)
    assert early.value.slug == f"order.too_early.{status.lower()}.release"


def test_a_release_of_what_a_parcel_left_is_too_early_before_its_allocation() -> None:
    """A parcel of an order that waits for stock may have been recorded: the rest still waits."""
    order = in_status(authorized(order_of(("A", 2, 10), force=False), 70), OrderStatus.PARTIALLY_SHIPPED)

    with pytest.raises(MoveTooEarly) as early:
        release_order(order, release(), NOW)
    assert early.value.slug == "order.too_early.partially_shipped.release"


def test_a_release_before_authorisation_is_too_early() -> None:
    """`release.not_authorized`: the payment is still on its way."""
    with pytest.raises(ReleaseNotAuthorized) as early:
        release_order(order_of(("A", 1, 10)), release(), NOW)
    assert early.value.slug == "release.not_authorized"


@pytest.mark.parametrize(("amount", "released"), [(1, False), (59, False), (60, True)])
def test_a_release_needs_an_authorisation_of_all_that_is_due(amount: int, *, released: bool) -> None:
    """An authorisation of 0.01 does not release an order of 0.60."""
    assert is_released(authorized(order_of(("A", 1, 10)), amount)) is released


def test_what_was_captured_covers_the_order_whatever_expired() -> None:
    """An order captured in full is released, though its authorisation has expired since."""
    order = captured(authorized(order_of(("A", 1, 10)), 60, expires=NOW), 60)

    assert is_released(order)
    assert not is_released(refunded(order, 1))


def test_an_order_that_costs_nothing_is_released() -> None:
    """A discount of the whole price leaves nothing to authorise."""
    assert is_released(order_of(("A", 1, 10), discount=60))


@pytest.mark.parametrize(("method", "released"), [("COD", True), ("PromptPay", False), ("TRANSFER", False)])
def test_the_terms_of_the_method_decide_what_covers_an_order(method: str, *, released: bool) -> None:
    """Who pays on delivery gets the order unpaid; who pays by transfer has to have paid."""
    order = order_of(("A", 1, 10))
    unpaid = replace(order, payment=replace(order.payment, method=method))

    assert is_released(unpaid) is released
    assert is_released(authorized(unpaid, 60)) is released  # the position asks to void what is held
    assert is_released(captured(unpaid, 60))


@pytest.mark.parametrize(
    ("now", "holds"), [(EXPIRES_AT - INSTANT, True), (EXPIRES_AT, False), (EXPIRES_AT + INSTANT, False)]
)
def test_an_authorisation_holds_until_the_instant_it_expires(now: datetime, holds: bool) -> None:  # noqa: FBT001 - the expectation
    """One microsecond before `expiresAt` the order is released, at it no more."""
    order = authorized(order_of(("A", 1, 10)), 60)
    with freeze_time(now):
        assert is_released(order, utc_now()) is holds


def test_a_cancelled_order_is_not_released() -> None:
    """`order.illegal.cancelled.release`."""
    with pytest.raises(IllegalMove) as rejected:
        release_order(in_status(order_of(("A", 1, 10)), OrderStatus.CANCELLED), release(), NOW)
    assert rejected.value.slug == "order.illegal.cancelled.release"
