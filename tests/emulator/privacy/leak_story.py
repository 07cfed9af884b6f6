"""The demo's story with canaries as customers, and with a bug and a crash added."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.privacy.field_kinds import PERSONAL_FIELDS
from tests.emulator.privacy.canaries import canary
from tests.emulator.privacy.noisy_process.sitecustomize import BUG, CRASH
from tests.lab.stack.demo import messages as write
from tests.lab.stack.demo.deliveries import Deliveries
from tests.lab.stack.demo.step import Scene, Step, dead_lettered
from tests.lab.stack.demo.story import STORY, create

FREE_TEXT_FIELD = "reason"


class CanaryStory:
    """Replace every personal value of the story with a canary, and add canaries in unknown fields.

    Attributes:
        customers: the canary of each personal value of the story.
        note: the canary in free text, unknown fields and unknown attributes.
    """

    def __init__(self) -> None:
        self.customers: dict[str, str] = {}
        self.note = canary("NOTE")

    @property
    def all(self) -> tuple[str, ...]:
        """Return every canary."""
        return (*self.customers.values(), self.note)

    def scenes(self) -> list[Scene]:
        """Return the story, followed by a bug and a crash."""
        return [tuple(self._step(step) for step in scene) for scene in (*STORY, *_accidents())]

    def _step(self, step: Step) -> Step:
        return replace(
            step,
            data={**self._with_canaries(step.data), "deliveryNote": self.note, "buyer": {"name": self.note}},
            attributes={**step.attributes, "note": self.note},
            ordering_key=self._canary_of(step.ordering_key) if step.ordering_key else "",
        )

    def _with_canaries(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self._field(name, each) for name, each in value.items()}
        return [self._with_canaries(each) for each in value] if isinstance(value, list) else value

    def _field(self, name: str, value: Any) -> Any:
        if name in PERSONAL_FIELDS:
            return self._canary_of(value)
        return self.note if name == FREE_TEXT_FIELD else self._with_canaries(value)

    def _canary_of(self, value: str) -> str:
        return self.customers.setdefault(value, canary(value.partition("-")[0]))


def _accidents() -> tuple[Scene, Scene]:
    """Return the bug and the crash in separate scenes: a crash also loses the running answers."""
    line = write.line(1, "SKU-001", 1, 9.99)
    bug = dead_lettered(
        "an order that triggers a bug",
        "RuntimeError",
        "error",
        topic="order-create",
        data=write.order(BUG, line, customer="CUST-000011", force=True),
        attributes={"source": "QC-SMF"},
    )
    crash = create(
        "an order that crashes the function once",
        write.order(CRASH, line, customer="CUST-000012", force=True),
        order=(CRASH, "ALLOCATED"),
    )
    return ((bug,), (crash,))


class RecordedOutput(Deliveries):
    """Record everything that the functions print.

    Attributes:
        lines: every line, with the name of its function in front.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def __call__(self, name: str, line: str) -> None:
        """Record one line of a function."""
        self.lines.append(f"{name} | {line}")
        super().__call__(name, line)
