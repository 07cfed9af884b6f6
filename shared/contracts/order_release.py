"""`order-release`: orders the warehouse may begin with."""

from shared.contracts.contract import Contract
from shared.contracts.field_types import Identifier
from shared.contracts.time_types import Moment
from shared.domain.release_order import ReleaseOrder


class OrderRelease(Contract):
    """The storefront allows the warehouse to begin."""

    order_id: Identifier
    released_by: Identifier
    """The person or system that releases."""
    released_at: Moment

    def to_command(self) -> ReleaseOrder:
        """Return the command that `release_order` decides on."""
        return ReleaseOrder(
            order_id=self.order_id, released_by=self.released_by, released_at=self.released_at
        )
