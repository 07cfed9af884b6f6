"""One failed message: its page, and the forms that replay, discard, reopen or unmask it."""

import asyncio
from collections.abc import Awaitable
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from pages.payload_lines import find_broken_rules
from pages.rendering import show
from shared.failed_messages.console_services import ConsoleServices
from shared.failed_messages.dead_letter import MONEY_FACTS
from shared.failed_messages.errors import (
    FailedMessageError,
    InProgress,
    Invalid,
    NotAllowed,
    NotDiscarded,
    NotOpen,
)
from shared.failed_messages.model import FailedMessage, MessageStatus
from shared.failed_messages.payload import Payload
from shared.failed_messages.transitions import is_replay_interrupted
from web.dependencies import ID_PATTERN, Id, Services
from web.identity import CurrentUser
from web.roles import Role, require_role
from web.typed_texts import Reason

CLOSING_ACTIONS = ("resolved", "discarded")

MAX_SHOWN_PAYLOAD_LENGTH = 200_000
"""Characters of a payload on a page; browsers are slow with ten million."""

CONFLICT_SLUGS = ("claim.conflict", "order.exists")
"""Failure reasons with a first version to compare with."""

REFUSED_BY_STATE = (NotOpen, NotDiscarded, InProgress)
"""Refusals because of another person's action: the message's state, on the same page, says which."""

EditId = Annotated[str | None, Query(pattern=ID_PATTERN)]
Grant = Annotated[str, Query(max_length=1000)]
"""A token with which a reload shows personal data again."""

router = APIRouter()
forms = APIRouter(prefix="/messages/{message_id}")
viewer = require_role(Role.VIEWER)


@router.get("/messages/{message_id}", dependencies=[viewer])
async def message(request: Request, message_id: Id, services: Services) -> Response:
    """Show a failed message with personal values masked."""
    return await message_page(request, services, message_id)


@router.get("/messages/{message_id}/state", dependencies=[viewer])
async def state(request: Request, message_id: Id, services: Services) -> Response:
    """Show a replay in progress; once it ends, the browser opens the page again."""
    message = await services.messages.find(message_id)
    response = show(request, "message_state.html", **_state(request, message), changed_nothing=False)
    if message.status is not MessageStatus.REPLAYING:
        # No reload: the page may be the answer to a form, which a reload would send again.
        response.headers["HX-Redirect"] = f"/messages/{message_id}"
    return response


@router.get("/messages/{message_id}/preflight", dependencies=[viewer])
async def dry_run(request: Request, message_id: Id, services: Services, edit: EditId = None) -> Response:
    """Show what a replay of the message, or of an edit, would do now; nothing changes."""
    check = await services.messages.check_replay(message_id, edit=edit)
    return show(request, "dry_run.html", check=check, message_id=message_id)


@forms.post("/replay", dependencies=[require_role(Role.OPERATOR, "replay")])
async def replay(
    request: Request,
    message_id: Id,
    services: Services,
    user: CurrentUser,
    edit: Annotated[str | None, Form(pattern=ID_PATTERN)] = None,
) -> Response:
    """Replay the message, or an edit of it."""
    try:
        await services.messages.replay(message_id, by=user, edit=edit)
    except NotAllowed as refusal:
        return await message_page(request, services, message_id, refusal=refusal)
    return to_message(message_id)


@forms.post("/discard", dependencies=[require_role(Role.OPERATOR, "discard")])
async def discard(
    request: Request,
    message_id: Id,
    services: Services,
    user: CurrentUser,
    reason: Annotated[Reason, Form()] = "",
) -> Response:
    """Discard a message that is not needed."""
    closing = services.messages.discard(message_id, by=user, reason=reason)
    return await _answer(request, services, message_id, closing)


@forms.post("/reopen", dependencies=[require_role(Role.OPERATOR, "reopen")])
async def reopen(
    request: Request,
    message_id: Id,
    services: Services,
    user: CurrentUser,
    reason: Annotated[Reason, Form()] = "",
) -> Response:
    """Open a discarded message again."""
    reopening = services.messages.reopen(message_id, by=user, reason=reason)
    return await _answer(request, services, message_id, reopening)


@forms.post("/unmask", dependencies=[require_role(Role.APPROVER, "unmask")])
async def unmask(request: Request, message_id: Id, services: Services, user: CurrentUser) -> Response:
    """Log that personal values are shown, and go to the page with them."""
    await services.messages.log_unmasked(message_id, by=user)
    grant = request.app.state.tokens.for_message(message_id).issue(user)
    query = urlencode({"grant": grant})
    return RedirectResponse(f"/messages/{message_id}/unmask?{query}", status_code=303)


@router.get("/messages/{message_id}/unmask", dependencies=[require_role(Role.APPROVER, "unmask")])
async def show_unmasked(
    request: Request, message_id: Id, services: Services, user: CurrentUser, grant: Grant = ""
) -> Response:
    """Show a message with personal values, for as long as the grant lasts."""
    if not request.app.state.tokens.for_message(message_id).is_valid(grant, user):
        return to_message(message_id)
    payload = await services.messages.unmasked_payload(message_id)
    return await message_page(request, services, message_id, unmasked=payload)


@router.get("/messages/{message_id}/comparison", dependencies=[viewer])
async def comparison(request: Request, message_id: Id, services: Services) -> Response:
    """Show the payload's arithmetic, and the stored version of the same business id."""
    message = await services.messages.find(message_id)
    return show(
        request,
        "comparison.html",
        message=message,
        conflict=message.failure_reason.slug in CONFLICT_SLUGS,
        comparison=await services.comparisons.find(message),
    )


async def message_page(
    request: Request,
    services: ConsoleServices,
    message_id: str,
    *,
    unmasked: Payload | None = None,
    refusal: FailedMessageError | None = None,
) -> Response:
    """Show a message, its payload masked or not, and why an action was refused."""
    message, masked, edits = await asyncio.gather(
        services.messages.find(message_id),
        services.messages.payload(message_id),
        services.messages.list_edits(message_id),
    )
    payload = unmasked or masked
    text = payload.text or ""
    rules = (
        await asyncio.to_thread(find_broken_rules, text, message.failure_reason.detail)
        if payload.is_json
        else ()
    )
    return show(
        request,
        "message.html",
        refusal.status if refusal else 200,
        payload=payload,
        text=text[:MAX_SHOWN_PAYLOAD_LENGTH],
        cut=len(text) > MAX_SHOWN_PAYLOAD_LENGTH,
        rules=rules,
        marked={rule.line for rule in rules},
        two_people=message.topic in MONEY_FACTS,
        edits=edits,
        refusal="" if isinstance(refusal, REFUSED_BY_STATE) else str(refusal or ""),
        changed_nothing=isinstance(refusal, REFUSED_BY_STATE),
        **_state(request, message),
    )


async def _answer(
    request: Request, services: ConsoleServices, message_id: str, action: Awaitable[object]
) -> Response:
    """Await an action with a reason; show on the message's page why it is refused."""
    try:
        await action
    except (NotAllowed, Invalid) as refusal:
        return await message_page(request, services, message_id, refusal=refusal)
    return to_message(message_id)


def _state(request: Request, message: FailedMessage) -> dict[str, Any]:
    return {
        "message": message,
        "interrupted": is_replay_interrupted(message, request.app.state.clock()),
        "closed": next((each for each in reversed(message.history) if each.action in CLOSING_ACTIONS), None),
    }


def to_message(message_id: str) -> Response:
    """Go to a message's page."""
    return RedirectResponse(f"/messages/{message_id}", status_code=303)
