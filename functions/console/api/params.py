"""What requests carry: ids, cursors, who asks, and the review they ask."""

from typing import Annotated

from fastapi import Depends, Path, Request
from pydantic import Field

from api.identity import who
from shared.failed_messages.paging import PAGE_SIZE
from shared.failed_messages.services import Review

ID_PATTERN = "^[0-9a-f]{32}$"
"""Every id becomes part of a document's path, so it may hold nothing else."""

Id = Annotated[str, Path(pattern=ID_PATTERN)]
Cursor = Annotated[str | None, Field(max_length=2000)]
Limit = Annotated[int, Field(ge=1, le=200)]
DEFAULT_LIMIT = PAGE_SIZE


def review_of(request: Request) -> Review:
    """Find the review this application was made over."""
    review: Review = request.app.state.review
    return review


ReviewDep = Annotated[Review, Depends(review_of)]
Who = Annotated[str, Depends(who)]
