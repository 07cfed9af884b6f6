"""Which contract and which rule belong to a message."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from shared.contracts.field_types import Publication
from shared.domain.decision import Decision, State
from shared.domain.order import Order
from shared.domain.refs import Ref, order_ref
from shared.domain.violations import OrderNotFound

C = TypeVar("C")
C_co = TypeVar("C_co", covariant=True)


class CommandContract(Protocol[C_co]):
    """A contract whose payload becomes a command for the rules."""

    attribute_fields: ClassVar[frozenset[str]]
    """Names of fields that come with the message's attributes."""

    @classmethod
    def parse(
        cls, data: bytes, attributes: Mapping[str, str], publication: Publication | None = None
    ) -> Self:
        """Read the payload; raise ContractViolation."""

    def fingerprint(self) -> str:
        """Hash what the contract says."""

    def to_command(self) -> C_co:
        """Restate it for the rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Generic[C]):
    """How one kind of message is handled.

    `scope` and `key` name the claim: they are stored, so they never change. `creates` says that
    nothing needs to be read before the first try, because the commit itself finds out.
    """

    scope: str
    contract: type[CommandContract[C]]
    key: Callable[[C], str]
    refs: Callable[[C], tuple[Ref, ...]]
    decide: Callable[[State, C, datetime], Decision]
    creates: bool = False


Routes = Mapping[tuple[str, str | None], Route[Any]]
"""By topic and `eventType`; None stands for any other type, or none: the topic is for one kind of message."""


class OrderCommand(Protocol):
    """A command about one order."""

    @property
    def order_id(self) -> str:
        """Name the order."""


OC = TypeVar("OC", bound=OrderCommand)


def order_refs(command: OrderCommand) -> tuple[Ref, ...]:
    """Name the one order a command is about."""
    return (order_ref(command.order_id),)


class CausedCommand(OrderCommand, Protocol):
    """A command that says which of the things that happen to an order it is."""

    @property
    def cause(self) -> str:
        """Tell it from the order's others."""


def order_and_cause(command: CausedCommand) -> str:
    """Make a key of the order and what happens to it; ids are printable, so a tab keeps them apart."""
    return f"{command.order_id}\t{command.cause}"


def creating_order(
    decide: Callable[[Order | None, OC, datetime], Decision],
) -> Callable[[State, OC, datetime], Decision]:
    """Make a rule of one that is given the order, or None where there is none."""
    return lambda state, command, now: decide(_order(state, command), command, now)


def on_order(decide: Callable[[Order, OC, datetime], Decision]) -> Callable[[State, OC, datetime], Decision]:
    """Make a rule of one that needs the order; raise OrderNotFound (too early) without it."""

    def decide_on_order(state: State, command: OC, now: datetime) -> Decision:
        order = _order(state, command)
        if order is None:
            raise OrderNotFound
        return decide(order, command, now)

    return decide_on_order


def _order(state: State, command: OrderCommand) -> Order | None:
    order = state.get(order_ref(command.order_id))
    return order if isinstance(order, Order) else None
