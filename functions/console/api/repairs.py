"""Repairs: check a patch for many messages."""

from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.views import View
from shared.failed_messages.patch import PatchStep, StepKind
from shared.failed_messages.repairs import RepairCheck
from web.dependencies import MAX_PATH_LENGTH, MAX_STEPS, MAX_VALUE_LENGTH, RecordId, SelectedIds, Services
from web.roles import Role, require_role

router = APIRouter(tags=["bulk operations"])


class StepBody(BaseModel):
    """A step of a patch: set a field to JSON, remove it, or compute fields by a named formula."""

    kind: StepKind
    path: Annotated[str, Field(max_length=MAX_PATH_LENGTH)] = ""
    value: Annotated[str, Field(max_length=MAX_VALUE_LENGTH)] = ""
    formula: Annotated[str, Field(max_length=64)] = ""

    def to_step(self) -> PatchStep:
        """Convert the step."""
        return PatchStep(kind=self.kind, path=self.path, value=self.value, formula=self.formula)


class ChangeView(View):
    """A changed field; a personal or unknown value is masked."""

    path: str
    before: str
    after: str


class RepairCheckView(View):
    """The dry run of one repaired message."""

    message_id: str = Field(alias="case")
    passes: bool
    reason: str
    detail: str
    changes: list[ChangeView]

    @classmethod
    def of_check(cls, check: RepairCheck) -> Self:
        """Convert a check."""
        return cls(
            message_id=check.message.id,
            passes=check.passes,
            reason=check.reason,
            detail=check.detail,
            changes=[ChangeView.of(each) for each in check.changes],
        )


class RepairBody(BaseModel):
    """A patch to check for a group, or for selected messages."""

    group: RecordId | None = None
    message_ids: SelectedIds = Field(default=[], alias="cases")
    repair: Annotated[list[StepBody], Field(min_length=1, max_length=MAX_STEPS)]


@router.post("/check-repair", dependencies=[require_role(Role.OPERATOR, "check-repair")])
async def check_repair(services: Services, body: RepairBody) -> list[RepairCheckView]:
    """Ask for a dry run of each repaired message; nothing changes."""
    steps = [each.to_step() for each in body.repair]
    checks = await services.bulk.repairs.check(body.group, body.message_ids, steps)
    return [RepairCheckView.of_check(each) for each in checks]
