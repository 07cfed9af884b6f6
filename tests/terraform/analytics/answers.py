"""What a view answers after some events."""

from datetime import UTC, datetime
from typing import Any

from tests.terraform.analytics.arrivals import Arrangement
from tests.terraform.analytics.warehouse import Warehouse

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
RECENT, YESTERDAY, LAST_WEEK, OLD = (
    "2026-03-10T00:00:00Z",
    "2026-03-09T12:00:00Z",
    "2026-03-04T12:00:00Z",
    "2026-03-03T12:00:00Z",
)


def answer(view: str, arrive: Arrangement, *events: bytes) -> list[dict[str, Any]]:
    """Return a view's rows after some events arrived."""
    warehouse = Warehouse(NOW)
    warehouse.write(arrive(events))
    return warehouse.ask(view)


def moment(text: str) -> datetime:
    """Read a time as the warehouse returns it."""
    return datetime.fromisoformat(text).replace(tzinfo=None)
