"""Fault rules: which calls fail, and how. Tests set them while the stack runs."""

from collections import Counter
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Kind(StrEnum):
    """How a call fails."""

    BEFORE = "before"
    """The proxy answers with the status and does not forward the call."""

    AFTER = "after"
    """The proxy forwards the call and answers with the status: the real answer is lost."""

    DELAY = "delay"
    """The proxy forwards the call `seconds` later; with 0 seconds the rule only counts."""


class Fault(BaseModel):
    """A rule: which calls fail, and how.

    Attributes:
        method: the end of the RPC's name, such as `Commit` or `Publisher/Publish`.
        contains: a text in the first request message, such as an order id; empty for every request.
        times: the number of matching calls that fail.
        kind: how they fail.
        status: the gRPC status of the answer.
        seconds: length of a delay.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str
    contains: str = ""
    times: int = Field(default=1, ge=1)
    kind: Kind = Kind.BEFORE
    status: Literal["UNAVAILABLE", "RESOURCE_EXHAUSTED"] = "UNAVAILABLE"
    seconds: float = Field(default=0.0, ge=0)

    def matches(self, method: str, request: bytes) -> bool:
        """Return whether the rule applies to this call."""
        return method.endswith(self.method) and self.contains.encode() in request


class FaultPlan:
    """The fault rules, with the number of calls that met each, and the number of calls of each RPC.

    Attributes:
        calls: the number of calls by RPC name without its service, including failed ones.
    """

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self._rules: list[tuple[Fault, list[str]]] = []

    def add(self, *faults: Fault) -> None:
        """Append rules. The first matching rule that is not used up applies to a call."""
        self._rules += [(fault, []) for fault in faults]

    def clear(self) -> None:
        """Remove all rules and counts."""
        self.calls.clear()
        self._rules.clear()

    def meet(self, method: str, request: bytes) -> Fault | None:
        """Count a call; return the rule that applies to it and use one of its `times`."""
        self.calls[method.rpartition("/")[2]] += 1
        for fault, met in self._rules:
            if len(met) < fault.times and fault.matches(method, request):
                met.append(method)
                return fault
        return None

    def met(self) -> list[tuple[Fault, int]]:
        """Return the rules in order, each with the number of calls that met it."""
        return [(fault, len(met)) for fault, met in self._rules]
