"""Editing a payload: check it by a dry run, and save it with its difference."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from pages.rendering import show
from shared.failed_messages.errors import EditRefused
from web.dependencies import Id, Services
from web.identity import CurrentUser
from web.roles import Role, require_role

MAX_EDITED = 900_000
"""Characters that a form may hold; the API takes longer payloads."""

TOO_LONG = "The payload is too long for a browser. Edit it by the JSON API."

Data = Annotated[str, Form(max_length=MAX_EDITED)]

forms = APIRouter(prefix="/messages/{message_id}")


@forms.post("/editor", dependencies=[require_role(Role.APPROVER, "editor")])
async def editor(request: Request, message_id: Id, services: Services, user: CurrentUser) -> Response:
    """Open the editor with personal values, after logging the action."""
    payload = await services.messages.unmask(message_id, by=user)
    message = await services.messages.find(message_id)
    if len(payload.text or "") > MAX_EDITED:
        return show(request, "error.html", 413, title="Too large", detail=TOO_LONG)
    return show(request, "editor.html", message=message, text=payload.text, refusal="")


@forms.post("/edits/check", dependencies=[require_role(Role.OPERATOR, "check")])
async def check(request: Request, message_id: Id, services: Services, data: Data) -> Response:
    """Show the dry run of an edited payload and its difference; nothing is saved."""
    edited = _encoded(data)
    return show(
        request,
        "edit_check.html",
        check=await services.messages.check_replay(message_id, data=edited),
        difference=await services.messages.difference(message_id, edited),
        message_id=message_id,
    )


@forms.post("/edits", dependencies=[require_role(Role.OPERATOR, "edits")])
async def save(
    request: Request, message_id: Id, services: Services, user: CurrentUser, data: Data
) -> Response:
    """Save an edit that its contract accepts; otherwise show the reason beside the typed text."""
    try:
        edit = await services.messages.save_edit(message_id, _encoded(data), by=user)
    except EditRefused as error:
        message = await services.messages.find(message_id)
        refusal = f"Edit not saved. {error}"
        return show(request, "editor.html", error.status, message=message, text=data, refusal=refusal)
    return RedirectResponse(f"/messages/{message_id}#edit-{edit.id}", status_code=303)


def _encoded(data: str) -> bytes:
    # A browser ends the lines of a form with CRLF.
    return data.replace("\r\n", "\n").encode()
