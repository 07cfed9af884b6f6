"""Editing a payload: check it by a dry run, and save it with its difference."""

from asyncio import to_thread
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from pages.message import message_page, to_message
from pages.payload_lines import find_broken_rules
from pages.rendering import show
from shared.failed_messages.dead_letter import MONEY_FACTS
from shared.failed_messages.errors import EditRefused, NotAllowed
from web.dependencies import ID_PATTERN, MAX_PAYLOAD_LENGTH, Id, RecordId, Services
from web.identity import CurrentUser
from web.roles import Role, require_role

MAX_FORM_BYTES = 32_000_000
"""Bytes of a form: the platform takes no larger request, and a browser writes a byte as three."""

Data = Annotated[str, Form(max_length=MAX_PAYLOAD_LENGTH)]


class LargeForms(APIRoute):
    """Routes that take a whole payload as a field; the framework's limit is 1 MB."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Parse the form with the larger limit first; later reads reuse it."""
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            await request.form(max_part_size=MAX_FORM_BYTES)
            return await handle(request)

        return handler


class EditorQuery(BaseModel):
    """What the editor shows, and why it may."""

    grant: Annotated[str, Field(max_length=1000)] = ""
    """The token of a logged opening, with which a reload shows personal data again."""
    edit: RecordId | None = None


class EditForm(BaseModel):
    """An edited payload, and what follows its saving."""

    data: Annotated[str, Field(max_length=MAX_PAYLOAD_LENGTH)]
    then: Literal["", "replay"] = ""


router = APIRouter(prefix="/messages/{message_id}")
forms = APIRouter(prefix="/messages/{message_id}", route_class=LargeForms)
approver = require_role(Role.APPROVER, "editor")


@forms.post("/editor", dependencies=[approver])
async def open_editor(
    request: Request,
    message_id: Id,
    services: Services,
    user: CurrentUser,
    edit: Annotated[str | None, Form(pattern=ID_PATTERN)] = None,
) -> Response:
    """Log that the editor shows personal data, and go to it."""
    await services.messages.log_unmasked(message_id, by=user)
    query = {"grant": request.app.state.tokens.for_message(message_id).issue(user)}
    address = urlencode(query | ({"edit": edit} if edit else {}))
    return RedirectResponse(f"/messages/{message_id}/editor?{address}", status_code=303)


@router.get("/editor", dependencies=[approver])
async def editor(
    request: Request,
    message_id: Id,
    services: Services,
    user: CurrentUser,
    query: Annotated[EditorQuery, Query()],
) -> Response:
    """Show the payload, or a saved edit, with personal values; a reload shows it again."""
    if not request.app.state.tokens.for_message(message_id).is_valid(query.grant, user):
        return to_message(message_id)
    if query.edit:
        text = await services.messages.edited_text(message_id, query.edit)
        return await _editor_page(request, message_id, services, text)
    text = (await services.messages.unmasked_payload(message_id)).text or ""
    return await _editor_page(request, message_id, services, text)


@forms.post("/edits/check", dependencies=[require_role(Role.OPERATOR, "check")])
async def check(request: Request, message_id: Id, services: Services, data: Data) -> Response:
    """Show the dry run of an edited payload and its difference; nothing is saved."""
    edited = _encode(data)
    checked = await services.messages.check_replay(message_id, data=edited)
    return show(
        request,
        "edit_check.html",
        check=checked,
        rules=await to_thread(find_broken_rules, data, checked.dry_run.detail),
        difference=await services.messages.difference(message_id, edited),
        message_id=message_id,
    )


@forms.post("/edits", dependencies=[require_role(Role.OPERATOR, "edits")])
async def save(
    request: Request,
    message_id: Id,
    services: Services,
    user: CurrentUser,
    form: Annotated[EditForm, Form()],
) -> Response:
    """Save an edit that its contract accepts, and replay it if asked; otherwise show what is wrong.

    The typed text stays, also where another person closed the message meanwhile.
    """
    try:
        edit = await services.messages.save_edit(message_id, _encode(form.data), by=user)
    except (EditRefused, NotAllowed) as error:
        return await _editor_page(request, message_id, services, form.data, refusal=error)
    if not form.then:
        return RedirectResponse(f"/messages/{message_id}#edit-{edit.id}", status_code=303)
    try:
        await services.messages.replay(message_id, by=user, edit=edit.id)
    except NotAllowed as refusal:
        return await message_page(request, services, message_id, refusal=refusal)
    return to_message(message_id)


async def _editor_page(
    request: Request,
    message_id: str,
    services: Services,
    text: str,
    *,
    refusal: EditRefused | NotAllowed | None = None,
) -> Response:
    message = await services.messages.find(message_id)
    return show(
        request,
        "editor.html",
        refusal.status if refusal else 200,
        message=message,
        text=text,
        refusal="Edit not saved." if refusal else "",
        rules=await to_thread(find_broken_rules, text, str(refusal or message.failure_reason.detail)),
        two_people=message.topic in MONEY_FACTS,
    )


def _encode(data: str) -> bytes:
    # A browser ends the lines of a form with CRLF.
    return data.replace("\r\n", "\n").encode()
