"""Editing a payload: checked against today's contract, kept with its difference, replayed as any message."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from api.params import Id, ReviewDep
from pages.form_guard import Visitor
from pages.rendering import show
from shared.failed_messages.errors import EditRefused
from shared.failed_messages.payload import masked_difference

MAX_EDITED = 900_000
"""Characters that a form may hold; longer payloads are edited by the API."""

Data = Annotated[str, Form(max_length=MAX_EDITED)]

router = APIRouter(prefix="/messages/{case_id}")


@router.post("/editor")
async def editor(request: Request, case_id: Id, review: ReviewDep, actor: Visitor) -> Response:
    """Open the editor on the message as it is, after noting who asked."""
    payload = await review.desk.unmask(case_id, by=actor)
    case = await review.desk.case(case_id)
    if len(payload.text or "") > MAX_EDITED:
        told = "The payload is too long for a browser. Edit it by the JSON API."
        return show(request, "refused.html", 413, title="Not here", detail=told)
    return show(request, "editor.html", case=case, text=payload.text, refusal="")


@router.post("/edits/check")
async def check(request: Request, case_id: Id, review: ReviewDep, data: Data) -> Response:
    """Tell what would become of an edited payload, and how it differs; nothing is kept."""
    edited = _encoded(data)
    letter = (await review.desk.replays.message(case_id)).letter
    return show(
        request,
        "edit_check.html",
        preflight=await review.desk.preflight(case_id, edited),
        difference=masked_difference(letter.data, edited, ordering_key=letter.ordering_key),
        case_id=case_id,
    )


@router.post("/edits")
async def keep(request: Request, case_id: Id, review: ReviewDep, actor: Visitor, data: Data) -> Response:
    """Keep an edit that its contract takes; where it does not, say why beside what was typed."""
    try:
        edit = await review.desk.edit(case_id, _encoded(data), by=actor)
    except EditRefused as refusal:
        case = await review.desk.case(case_id)
        told = f"Not kept. {refusal}"
        return show(request, "editor.html", refusal.status, case=case, text=data, refusal=told)
    return RedirectResponse(f"/messages/{case_id}#edit-{edit.id}", status_code=303)


def _encoded(data: str) -> bytes:
    # A form's lines end as on paper tape; the message's did not.
    return data.replace("\r\n", "\n").encode()
