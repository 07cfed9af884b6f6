"""Values show what they hold, except what is personal."""

from datetime import UTC, datetime

from shared.domain.order_exception import OrderExceptionRaised
from shared.domain.personal import PERSONAL, Personal, personal_fields
from shared.domain.value import Value

AT = datetime(2024, 1, 10, 15, tzinfo=UTC)


def test_a_value_shows_every_field_but_the_personal_ones() -> None:
    """A representation may end in an error or a log line."""
    event = OrderExceptionRaised(ordering_key="CUST-1", order_id="O-1", occurred_at=AT, code="c", ref="1")

    shown = f"order_id='O-1', occurred_at={AT!r}, order_version=0, code='c', ref='1'"
    assert repr(event) == f"OrderExceptionRaised({shown})"


def test_a_personal_field_is_found_in_any_annotation() -> None:
    """One that may be missing, and one of many."""

    class Contact(Value):
        name: Personal
        nickname: Personal | None
        relatives: tuple[Personal, ...]
        country: str
        visits: tuple[int, ...]

    assert personal_fields(Contact) == ("name", "nickname", "relatives")
    assert repr(PERSONAL) == "PERSONAL"
