"""Who works on a failure group."""

from datetime import datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from pydantic import AfterValidator, BaseModel, Field
from starlette.responses import RedirectResponse, Response

from shared.failed_messages.failure_groups import Handover
from web.dependencies import Id, Services
from web.identity import CurrentUser
from web.roles import Role, require_role

KEEP = "keep"


def _web_address(text: str) -> str:
    """Accept nothing, or an address that a browser opens and that runs nothing."""
    if text and (urlsplit(text).scheme not in ("https", "http") or not urlsplit(text).netloc):
        raise ValueError("must be an address that begins with https://")
    return text


class HandoverForm(BaseModel):
    """What a person writes down for the next one."""

    owner: Annotated[str, Field(max_length=320)] = ""
    note: Annotated[str, Field(max_length=2000)] = ""
    ticket: Annotated[str, Field(max_length=500), AfterValidator(_web_address)] = ""
    mute: Literal["keep", "0", "1", "4", "24", "168"] = "0"
    """Hours, or keep."""

    def to_handover(self, muted_until: datetime | None, now: datetime) -> Handover:
        """Convert the form; `muted_until` is the present mute."""
        hours = 0 if self.mute == KEEP else int(self.mute)
        until = now + timedelta(hours=hours) if hours else None
        return Handover(
            owner=self.owner.strip(),
            note=self.note.strip(),
            ticket=self.ticket.strip(),
            muted_until=muted_until if self.mute == KEEP else until,
        )


forms = APIRouter(prefix="/groups/{group_id}")


@forms.post("/handover", dependencies=[require_role(Role.OPERATOR, "handover")])
async def hand_over(
    request: Request,
    group_id: Id,
    services: Services,
    user: CurrentUser,
    form: Annotated[HandoverForm, Form()],
) -> Response:
    """Store owner, note, ticket and mute of a group."""
    group = (await services.overview.group(group_id)).group
    handover = form.to_handover(group.muted_until, request.app.state.clock())
    await services.overview.hand_over(group_id, handover, by=user)
    return RedirectResponse(f"/groups/{group_id}#work", status_code=303)
