"""Which calls fail, and how: rules that tests set while the system runs."""

from collections import Counter
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Kind(StrEnum):
    """How a call fails."""

    BEFORE = "before"
    """UNAVAILABLE is answered and nothing is forwarded."""

    AFTER = "after"
    """The call is forwarded, and UNAVAILABLE answered in place of its answer: the answer was lost."""

    DELAY = "delay"
    """The call is forwarded `seconds` later; with 0 seconds the rule only counts."""


class Fault(BaseModel):
    """Describe which calls fail, and how.

    Attributes:
        method: how the RPC's name ends, such as `Commit` or `Publisher/Publish`.
        contains: text that occurs in the first request message, such as an order id; empty for every request.
        times: how many matching calls meet the fault.
        kind: what happens to them.
        seconds: length of a delay.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str
    contains: str = ""
    times: int = Field(default=1, ge=1)
    kind: Kind = Kind.BEFORE
    seconds: float = Field(default=0.0, ge=0)

    def matches(self, method: str, request: bytes) -> bool:
        """Tell whether the rule is about this call."""
        return method.endswith(self.method) and self.contains.encode() in request


class FaultPlan:
    """Hold the rules, how often each was met, and how often each RPC was called.

    Attributes:
        calls: number of calls by the RPC's name without its service, faulted ones among them.
    """

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self._rules: list[tuple[Fault, list[str]]] = []

    def add(self, *faults: Fault) -> None:
        """Put rules behind those there are; of the rules that match a call, the first not used up applies."""
        self._rules += [(fault, []) for fault in faults]

    def clear(self) -> None:
        """Forget all rules and counts."""
        self.calls.clear()
        self._rules.clear()

    def meet(self, method: str, request: bytes) -> Fault | None:
        """Count a call; return the rule that applies to it, one of whose `times` is thereby used."""
        self.calls[method.rpartition("/")[2]] += 1
        for fault, met in self._rules:
            if len(met) < fault.times and fault.matches(method, request):
                met.append(method)
                return fault
        return None

    def met(self) -> list[tuple[Fault, int]]:
        """Return the rules in order, each with the number of calls that met it."""
        return [(fault, len(met)) for fault, met in self._rules]
