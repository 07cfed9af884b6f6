"""The contract and the rule of each kind of message."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from shared.contracts.time_types import Publication
from shared.domain.decision import Decision, State
from shared.domain.order import Order
from shared.domain.refs import Ref, order_ref
from shared.domain.violations import OrderNotFound

C = TypeVar("C")
C_co = TypeVar("C_co", covariant=True)


class CommandContract(Protocol[C_co]):
    """A contract that becomes a command for the rules."""

    contract_version: ClassVar[str]
    """The version of the contract; messages of another major version are rejected."""

    attribute_fields: ClassVar[frozenset[str]]
    """Names of fields that are read from the message's attributes."""

    @classmethod
    def parse(
        cls, data: bytes, attributes: Mapping[str, str], publication: Publication | None = None
    ) -> Self:
        """Validate the payload; raise ContractViolation."""

    def fingerprint(self) -> str:
        """Hash the canonical content."""

    def has_fingerprint(self, fingerprint: str) -> bool:
        """Return whether a claim's fingerprint is this message's."""

    def to_command(self) -> C_co:
        """Return the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Generic[C]):
    """The handling of one kind of message.

    `scope` and `key` name the claim; they are stored, so they never change. A route that `creates` reads
    nothing before its first try: the preconditions of its commit find a duplicate. `further_refs` names
    what else a decision needs, depending on what was read so far.
    """

    scope: str
    contract: type[CommandContract[C]]
    key: Callable[[C], str]
    refs: Callable[[C], tuple[Ref, ...]]
    decide: Callable[[State, C, datetime], Decision]
    creates: bool = False
    further_refs: Callable[[State, C], tuple[Ref, ...]] | None = None
    former_keys: Callable[[C, str], tuple[str, ...]] = lambda *_: ()
    """Other keys under which earlier releases stored the claim, by command and fingerprint of the message."""
    last_release_key: Callable[[C], str] | None = None
    """The key under which the last release looks for the claim, where that is another one."""
    key_is_content: bool = False
    """The key states everything that counts: a message with the same key is a duplicate, in any words."""


Routes = Mapping[tuple[str, str | None], Route[Any]]
"""By topic and `eventType`. With None the topic has one kind of message, of any type or without one."""


class OrderCommand(Protocol):
    """A command about one order."""

    @property
    def order_id(self) -> str:
        """Return the id of the order."""


OC = TypeVar("OC", bound=OrderCommand)


def order_refs(command: OrderCommand) -> tuple[Ref, ...]:
    """Return the reference to the command's order."""
    return (order_ref(command.order_id),)


class CausedCommand(OrderCommand, Protocol):
    """A command with an id that is unique within its order, such as `ship:SHIP-1`."""

    @property
    def cause(self) -> str:
        """Return the id within the order."""


def order_and_cause(command: CausedCommand) -> str:
    """Return a key of the order's id and the command's."""
    return order_key(command, command.cause)


def order_key(command: OrderCommand, cause: str) -> str:
    """Return a key of the order's id and an id within the order; no id contains a tab."""
    return f"{command.order_id}\t{cause}"


class RenamedCommand(OrderCommand, Protocol):
    """A command with a cause that had another name in earlier releases."""

    def former_causes(self, fingerprint: str, /) -> tuple[str, ...]:
        """Return the ids that earlier releases used for the message with a fingerprint."""


def order_and_former_causes(command: RenamedCommand, fingerprint: str) -> tuple[str, ...]:
    """Make the keys under which earlier releases claimed the message."""
    return tuple(order_key(command, cause) for cause in command.former_causes(fingerprint))


def creating_order(
    decide: Callable[[Order | None, OC, datetime], Decision],
) -> Callable[[State, OC, datetime], Decision]:
    """Adapt a rule that takes the order, or None where there is none."""
    return lambda state, command, now: decide(_find_order(state, command), command, now)


def on_order(decide: Callable[[Order, OC, datetime], Decision]) -> Callable[[State, OC, datetime], Decision]:
    """Adapt a rule that needs the order; raise OrderNotFound, a deferral, without it."""

    def decide_on_order(state: State, command: OC, now: datetime) -> Decision:
        order = _find_order(state, command)
        if order is None:
            raise OrderNotFound
        return decide(order, command, now)

    return decide_on_order


def _find_order(state: State, command: OrderCommand) -> Order | None:
    order = state.get(order_ref(command.order_id))
    return order if isinstance(order, Order) else None
