"""Parameters that several pages take: times of a form, a group, and selected messages."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import BeforeValidator, NaiveDatetime

from shared.failed_messages.bulk_selection import MAX_SELECTED
from web.dependencies import ID_PATTERN, RecordId

LocalTime = Annotated[NaiveDatetime | None, BeforeValidator(lambda given: given or None)]
"""A time without an offset, as a browser's field sends it; read as UTC."""

GroupId = Annotated[str | None, Query(alias="group", pattern=ID_PATTERN)]
MessageIds = Annotated[list[RecordId], Query(alias="case", max_length=MAX_SELECTED, default_factory=list)]


def to_utc(at: datetime | None) -> datetime | None:
    """Read a time of a form as UTC."""
    return at.replace(tzinfo=UTC) if at else None
