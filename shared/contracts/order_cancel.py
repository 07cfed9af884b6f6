"""`order-cancel`: requests to cancel orders or lines of them."""

from typing import Annotated

from pydantic import AfterValidator

from shared.contracts.contract import Contract
from shared.contracts.field_types import Identifier, LineNumber, NonEmpty, Text
from shared.contracts.time_types import Moment
from shared.domain.cancel_order import CancelOrder


def _sort_lines(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Sort the lines: a request for the same lines is the same request."""
    return tuple(sorted(set(numbers)))


class OrderCancel(Contract):
    """A request to cancel; without `lineNumbers` the whole order."""

    order_id: Identifier
    reason: Text
    requested_by: Identifier
    """The person or system that asks."""
    cancelled_at: Moment
    """When the request was made."""
    line_numbers: Annotated[NonEmpty[LineNumber], AfterValidator(_sort_lines)] | None = None
    """The lines to cancel; without it the whole order."""

    def to_command(self) -> CancelOrder:
        """Return the command that `cancel_order` decides on."""
        return CancelOrder(
            order_id=self.order_id,
            line_numbers=self.line_numbers or (),
            reason=self.reason,
            requested_by=self.requested_by,
            cancelled_at=self.cancelled_at,
        )
