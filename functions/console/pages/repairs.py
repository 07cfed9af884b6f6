"""Repairs of many messages: choose a patch, check it for each message, confirm."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from pages.parameters import GroupId, MessageIds
from pages.rendering import show
from shared.failed_messages.errors import FailedMessageError
from shared.failed_messages.formulas import FORMULAS, offered_formulas
from shared.failed_messages.patch import PatchStep, StepKind
from shared.failed_messages.repairs import find_obstacle
from web.dependencies import MAX_PATH_LENGTH, MAX_VALUE_LENGTH, RecordId, SelectedIds, Services
from web.roles import Role, require_role

router = APIRouter(prefix="/repairs")
forms = APIRouter(prefix="/repairs")


class RepairForm(BaseModel):
    """A patch of one step for a group, or for selected messages."""

    group: RecordId | None = None
    message_ids: SelectedIds = Field(default=[], alias="case")
    step: Annotated[str, Field(max_length=64)] = ""
    """The name of a formula, or `set` or `remove`; empty where nothing is repaired."""
    path: Annotated[str, Field(max_length=MAX_PATH_LENGTH)] = ""
    value: Annotated[str, Field(max_length=MAX_VALUE_LENGTH)] = ""

    def to_steps(self) -> tuple[PatchStep, ...]:
        """Convert the step."""
        if not self.step:
            return ()
        if self.step == StepKind.SET:
            return (PatchStep(kind=StepKind.SET, path=self.path.strip(), value=self.value),)
        if self.step == StepKind.REMOVE:
            return (PatchStep(kind=StepKind.REMOVE, path=self.path.strip()),)
        return (PatchStep(kind=StepKind.COMPUTE, formula=self.step),)


@router.get("/new", dependencies=[require_role(Role.VIEWER)])
async def choose(
    request: Request, services: Services, message_ids: MessageIds, group: GroupId = None
) -> Response:
    """Show the repairs that are offered for the messages' reason."""
    selected = await services.bulk.preview(group, tuple(message_ids))
    first = await services.messages.find(selected.first_id) if selected.first_id else None
    offered = offered_formulas(first.failure_reason.slug) if first else ()
    rule = first.failure_reason.first_rule if first else ""
    field = rule.partition(": ")[0]
    return show(
        request,
        "repair.html",
        group=group,
        selected=selected,
        ids=tuple(message_ids),
        obstacle=find_obstacle(first.topic, first.failure_reason.slug, rule) if first else "",
        offered={name: FORMULAS[name].title for name in offered},
        path="/" + field.replace(".", "/") if field else "",
    )


@forms.post("/check-repair", dependencies=[require_role(Role.OPERATOR, "check-repair")])
async def check(request: Request, services: Services, form: Annotated[RepairForm, Form()]) -> Response:
    """Show the dry run of each repaired message, and the form that starts the repair."""
    try:
        checks = await services.bulk.repairs.check(form.group, form.message_ids, form.to_steps())
        selected = await services.bulk.preview(form.group, tuple(form.message_ids))
    except FailedMessageError as refusal:
        return show(request, "repair_check.html", refusal=str(refusal), checks=(), selected=None, form=form)
    return show(request, "repair_check.html", refusal="", checks=checks, selected=selected, form=form)
