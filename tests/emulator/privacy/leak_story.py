"""The demo's story, told of customers who are canaries, with a bug and a crash in it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.privacy.field_kinds import PERSONAL_FIELDS
from tests.emulator.privacy.canaries import canary
from tests.emulator.privacy.noisy_process.sitecustomize import BUG, CRASH
from tests.lab.stack.demo import messages as write
from tests.lab.stack.demo.deliveries import Deliveries
from tests.lab.stack.demo.step import Scene, Step, given_up
from tests.lab.stack.demo.story import STORY, create

WORDS = "reason"
"""Where people write freely."""


class CanaryStory:
    """Put a canary wherever the story has something personal, and where a producer may add it.

    Attributes:
        customers: the canary of each value that the story tells of a customer.
        note: stands in free words, unknown fields and unknown attributes.
    """

    def __init__(self) -> None:
        self.customers: dict[str, str] = {}
        self.note = canary("NOTE")

    @property
    def all(self) -> tuple[str, ...]:
        """Return every canary."""
        return (*self.customers.values(), self.note)

    def scenes(self) -> list[Scene]:
        """Return the story, a bug and a crash at its end."""
        return [tuple(self._step(step) for step in scene) for scene in (*STORY, *_accidents())]

    def _step(self, step: Step) -> Step:
        return replace(
            step,
            data={**self._told(step.data), "deliveryNote": self.note, "buyer": {"name": self.note}},
            attributes={**step.attributes, "note": self.note},
            ordering_key=self._of(step.ordering_key) if step.ordering_key else "",
        )

    def _told(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self._field(name, each) for name, each in value.items()}
        return [self._told(each) for each in value] if isinstance(value, list) else value

    def _field(self, name: str, value: Any) -> Any:
        if name in PERSONAL_FIELDS:
            return self._of(value)
        return self.note if name == WORDS else self._told(value)

    def _of(self, value: str) -> str:
        return self.customers.setdefault(value, canary(value.partition("-")[0]))


def _accidents() -> tuple[Scene, Scene]:
    """Make the bug and the crash, each by itself: what dies takes the answers under way with it."""
    line = write.line(1, "SKU-001", 1, 9.99)
    bug = given_up(
        "an order over which a bug falls",
        "RuntimeError",
        "error",
        topic="order-create",
        data=write.order(BUG, line, customer="CUST-000011", force=True),
        attributes={"source": "QC-SMF"},
    )
    crash = create(
        "an order at which the function dies once",
        write.order(CRASH, line, customer="CUST-000012", force=True),
        order=(CRASH, "ALLOCATED"),
    )
    return ((bug,), (crash,))


class Heard(Deliveries):
    """Take what the functions print, and keep all of it.

    Attributes:
        lines: every line, its speaker before it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def __call__(self, name: str, line: str) -> None:
        """Take one line of a function."""
        self.lines.append(f"{name} | {line}")
        super().__call__(name, line)
