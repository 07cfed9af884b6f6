"""One message of the story, and what must become of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.lab.stack.fault_plan import Fault

ATTEMPTS = 5
"""Deliveries before a message is dead-lettered (requirements 6.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A message to publish, with the outcome of each of its deliveries.

    Args:
        title: what it shows, in a few words.
        topic: where it is published.
        data: its payload.
        attributes: its Pub/Sub attributes.
        ordering_key: empty for none.
        outcomes: of each delivery, in order.
        failure: the reason stored with it in `failed_messages`, None where it is not to end there.
        order: the order to look at afterwards, with the status it must come to.
        faults: what the stack does to the calls of its function.
    """

    title: str
    topic: str
    data: Mapping[str, Any]
    attributes: Mapping[str, str] = field(default_factory=dict)
    ordering_key: str = ""
    outcomes: tuple[str, ...] = ("processed",)
    failure: str | None = None
    order: tuple[str, str] | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def payload(self) -> bytes:
        """Write the payload as the producer would."""
        return json.dumps(self.data, ensure_ascii=False).encode()


Scene = tuple[Step, ...]
"""Messages published together; the next scene waits until all have come to their end."""


def given_up(title: str, reason: str, outcome: str, **step: Any) -> Step:
    """Make a step whose message fails at every delivery, and is kept with a reason."""
    return Step(title=title, outcomes=(outcome,) * ATTEMPTS, failure=reason, **step)
