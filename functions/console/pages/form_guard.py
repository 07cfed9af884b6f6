"""Who may look, and which forms are taken: only those this console served to the person who sends them."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request

from api.guard import check_origin
from api.identity import who


def visitor(request: Request, actor: Annotated[str, Depends(who)]) -> str:
    """Name who asks, for the page and for what they do; raise 401 where nobody verified that."""
    request.state.actor = actor
    return actor


Visitor = Annotated[str, Depends(visitor)]


async def own_form(request: Request, actor: Visitor) -> None:
    """Refuse a form that another site sent, or that this console did not serve to this person (403).

    Browsers name the origin of every form they post, so one without is refused as well.
    """
    if "origin" not in request.headers:
        raise HTTPException(403, "The request does not say which site it comes from.")
    check_origin(request)
    token = (await request.form()).get("token")
    if not request.app.state.tokens.valid(str(token), actor):
        raise HTTPException(403, "This form is too old, or not this console's. Load the page again.")
