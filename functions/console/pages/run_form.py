"""What the form that begins a run holds."""

from typing import Annotated

from pydantic import BaseModel, Field

from api.params import ID_PATTERN
from shared.failed_messages.bulk_operation import RunAction
from shared.failed_messages.bulk_operations import DEFAULT_RATE, MAX_SELECTED, RunRequest

RecordId = Annotated[str, Field(pattern=ID_PATTERN)]


class RunForm(BaseModel):
    """A group, or selected messages, and the count a person typed."""

    action: RunAction
    group: RecordId | None = None
    case: Annotated[list[RecordId], Field(max_length=MAX_SELECTED)] = []
    count: str = ""
    reason: str = ""
    rate: Annotated[int, Field(ge=1, le=50)] = DEFAULT_RATE

    def to_request(self) -> RunRequest:
        """Restate it for the review; what is no number confirms nothing."""
        typed = self.count.strip()
        return RunRequest(
            action=self.action,
            confirmed=int(typed) if typed.isdecimal() else -1,
            group_id=self.group,
            cases=tuple(self.case),
            reason=self.reason,
            rate=self.rate,
        )
