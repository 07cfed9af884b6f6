import pytest
from msgspec.structs import replace

from shared.domain.freed_stock import freed_stock, reservation_id
from shared.domain.reservation_events import ReleaseReason
from tests.unit.domain.fulfilling import SHIPPED_AT, order_of


def test_nothing_is_given_back_where_nothing_closed() -> None:
    """A change that leaves every unit open tells nothing."""
    order = order_of(("A", 2, 10))

    assert not freed_stock(order, order, cause="any", reason=ReleaseReason.SHORTED, at=SHIPPED_AT)


def test_only_closed_units_are_given_back() -> None:
    """Units closed before the change were given back before."""
    before = order_of(("A", 5, 10), ("B", 1, 10))
    first, second = before.line_items
    before = replace(before, line_items=(replace(first, shipped=1), second))
    after = replace(before, line_items=(replace(first, shipped=1, shorted=2), second))

    (told,) = freed_stock(before, after, cause="short:x", reason=ReleaseReason.SHORTED, at=SHIPPED_AT)

    assert [(item.line_number, item.quantity) for item in told.items] == [(1, 2)]
    assert (told.reservation_id, told.ordering_key) == ("O-1:short:x", "O-1")


@pytest.mark.parametrize(("length", "readable"), [(121, True), (122, False), (128, False)])
def test_an_id_fits_the_wire_however_long_its_parts(length: int, readable: bool) -> None:  # noqa: FBT001 - the expectation
    """An id longer than 128 characters becomes a digest; two causes never share one."""
    order_id = "O" * length

    name = reservation_id(order_id, "ship:1")

    assert (name == f"{order_id}:ship:1") is readable
    assert len(name) <= 128
    assert name != reservation_id(order_id, "ship:2")
