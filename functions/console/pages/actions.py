"""What a person does with one message; each is a form of its own, and leads back to the message."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from api.params import ID_PATTERN, Id, ReviewDep
from pages.form_guard import Visitor
from pages.messages import message_page
from shared.failed_messages.errors import Invalid, NotAllowed

router = APIRouter(prefix="/messages/{case_id}")


@router.post("/replay")
async def replay(
    request: Request,
    case_id: Id,
    review: ReviewDep,
    actor: Visitor,
    edit: Annotated[str | None, Form(pattern=ID_PATTERN)] = None,
) -> Response:
    """Deliver the message once more, or an edit of it."""
    try:
        await review.desk.replay(case_id, by=actor, edit=edit)
    except NotAllowed as refusal:
        return await message_page(request, review, case_id, refusal=refusal)
    return _back(case_id)


@router.post("/discard")
async def discard(
    request: Request, case_id: Id, review: ReviewDep, actor: Visitor, reason: Annotated[str, Form()] = ""
) -> Response:
    """Close the case of a message that is not needed."""
    try:
        await review.desk.discard(case_id, by=actor, reason=reason)
    except (NotAllowed, Invalid) as refusal:
        return await message_page(request, review, case_id, refusal=refusal)
    return _back(case_id)


@router.post("/unmask")
async def unmask(request: Request, case_id: Id, review: ReviewDep, actor: Visitor) -> Response:
    """Show what is personal, after noting who asked; only this answer holds it, no address does."""
    payload = await review.desk.unmask(case_id, by=actor)
    return await message_page(request, review, case_id, unmasked=payload)


def _back(case_id: str) -> Response:
    return RedirectResponse(f"/messages/{case_id}", status_code=303)
