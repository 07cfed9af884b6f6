"""One message of the story and its expected outcome."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.lab.stack.fault_plan import Fault

ATTEMPTS = 5
"""Deliveries before a message is dead-lettered (requirements 6.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A message to publish, with the expected outcome of each delivery.

    Args:
        title: what the message demonstrates, in a few words.
        topic: the topic to publish to.
        data: the payload.
        attributes: the Pub/Sub attributes.
        ordering_key: empty for none.
        outcomes: the expected outcome of each delivery, in order.
        failure: the expected reason in `failed_messages`; None if the message must not fail.
        order: an order id and the status that the order must reach.
        faults: faults of the calls that its function makes.
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
        """Return the payload as JSON."""
        return json.dumps(self.data, ensure_ascii=False).encode()


Scene = tuple[Step, ...]
"""Messages published together; the next scene waits for all their outcomes."""


def dead_lettered(title: str, reason: str, outcome: str, **step: Any) -> Step:
    """Return a step with a message that fails at every delivery and is dead-lettered."""
    return Step(title=title, outcomes=(outcome,) * ATTEMPTS, failure=reason, **step)
