from datetime import datetime, timedelta

import pytest
from freezegun import freeze_time

from shared.bootstrap.adapters import utc_now
from shared.domain.order import OrderStatus
from shared.domain.release_order import OrderReleased, release_order
from shared.domain.ship_order import ship_order
from shared.domain.violations import IllegalMove, MoveTooEarly, ReleaseNotAuthorized
from tests.unit.domain.fulfilling import (
    EXPIRES_AT,
    NOW,
    SHIPPED_AT,
    after,
    authorized,
    changed,
    in_status,
    order_of,
    parcel,
    release,
)

INSTANT = timedelta(microseconds=1)


def test_an_allocated_and_authorised_order_is_released() -> None:
    """The warehouse may begin, and is told where."""
    decision = release_order(authorized(order_of(("A", 1, 10)), 60), release(), NOW)

    order = changed(decision)
    assert (order.status, order.released_at) == (OrderStatus.RELEASED, SHIPPED_AT)
    assert decision.events == (
        OrderReleased(
            ordering_key="CUST-1",
            order_id="O-1",
            released_by="QC-SMF",
            released_at=SHIPPED_AT,
            ship_from_location_id="LOC-BKK-001",
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


def test_a_release_before_authorisation_is_too_early() -> None:
    """`release.not_authorized`: the authorisation is still on its way."""
    with pytest.raises(ReleaseNotAuthorized) as early:
        release_order(order_of(("A", 1, 10)), release(), NOW)
    assert early.value.slug == "release.not_authorized"


@pytest.mark.parametrize(
    ("now", "holds"), [(EXPIRES_AT - INSTANT, True), (EXPIRES_AT, False), (EXPIRES_AT + INSTANT, False)]
)
def test_an_authorisation_holds_until_the_instant_it_expires(now: datetime, holds: bool) -> None:  # noqa: FBT001 - the expectation
    """One microsecond before `expiresAt` the order is released, at it no more."""
    order = authorized(order_of(("A", 1, 10)), 60)
    with freeze_time(now):
        try:
            released = changed(release_order(order, release(), utc_now())).status is OrderStatus.RELEASED
        except ReleaseNotAuthorized:
            released = False
    assert released is holds


def test_a_cancelled_order_is_not_released() -> None:
    """`order.illegal.cancelled.release`."""
    with pytest.raises(IllegalMove) as rejected:
        release_order(in_status(order_of(("A", 1, 10)), OrderStatus.CANCELLED), release(), NOW)
    assert rejected.value.slug == "order.illegal.cancelled.release"
