"""A kind of message that counts, for tests of simultaneous changes of one order."""

from datetime import datetime

from msgspec.structs import replace

from shared.consumer.routes import Route, on_order, order_refs
from shared.contracts.contract import Contract
from shared.contracts.field_types import Identifier
from shared.domain.decision import STALE, Decision, State
from shared.domain.order import Order
from tests.fakes.store import MemoryStore
from tests.messages import TOPIC
from tests.unit.consumer.processors import ROUTES, Bench


class Touch(Contract):
    """Changes nothing of an order but its version."""

    order_id: Identifier
    touch_id: Identifier

    def to_command(self) -> "Touch":
        return self


def touch(existing: Order, command: Touch, now: datetime) -> Decision:
    """Raise the version of the order by one."""
    return Decision(changes=(replace(existing, version=existing.version + 1),))


def always_stale(state: State, command: Touch, now: datetime) -> Decision:
    """Decide that the message is stale."""
    return STALE


TOUCH = Route(
    scope="touch",
    contract=Touch,
    key=lambda command: command.touch_id,
    refs=order_refs,
    decide=on_order(touch),
)


def touching_bench(store: MemoryStore | None = None) -> Bench:
    """Return a processor with two routes: create an order, and raise the version of one."""
    return Bench(routes={**ROUTES, (TOPIC, "TOUCH"): TOUCH}, store=store or MemoryStore())
