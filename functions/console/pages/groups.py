"""Who works on a failure group."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from web.dependencies import Id, Services
from web.handover import HandoverFields, hand_over_group
from web.identity import CurrentUser
from web.roles import Role, require_role

forms = APIRouter(prefix="/groups/{group_id}")


@forms.post("/handover", dependencies=[require_role(Role.OPERATOR, "handover")])
async def hand_over(
    group_id: Id, services: Services, user: CurrentUser, form: Annotated[HandoverFields, Form()]
) -> Response:
    """Store owner, note, ticket and mute of a group."""
    await hand_over_group(services, group_id, form, user)
    return RedirectResponse(f"/groups/{group_id}#work", status_code=303)
