"""A kind of message that only counts, for tests of how changes to one order meet."""

from datetime import datetime

from msgspec.structs import replace

from shared.domain.decision import STALE, Decision, State
from shared.domain.order import Order
from shared.messages.contract import Contract
from shared.messages.types import Identifier
from shared.pipeline.route import Route, on_order, order_refs
from tests.messages import TOPIC
from tests.unit.pipelines import ROUTES, Bench


class Touch(Contract):
    """One touch of an order."""

    order_id: Identifier
    touch_id: Identifier

    def to_command(self) -> "Touch":
        return self


def touch(existing: Order, command: Touch, now: datetime) -> Decision:
    """Count one touch."""
    return Decision(changes=(replace(existing, version=existing.version + 1),))


def never_news(state: State, command: Touch, now: datetime) -> Decision:
    """Know everything already."""
    return STALE


TOUCH = Route(
    scope="touch",
    contract=Touch,
    key=lambda command: command.touch_id,
    refs=order_refs,
    decide=on_order(touch),
)


def touching_bench() -> Bench:
    """Return a pipeline that creates orders, and touches them."""
    return Bench(routes={**ROUTES, (TOPIC, "TOUCH"): TOUCH})
