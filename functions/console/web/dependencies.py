"""Parameters and dependencies of routes: ids, cursors, and the services."""

from typing import Annotated

from fastapi import Depends, Path, Request
from pydantic import Field

from shared.failed_messages.bulk_selection import MAX_SELECTED
from shared.failed_messages.console_services import ConsoleServices
from shared.failed_messages.model import PAGE_SIZE

ID_PATTERN = "^[0-9a-f]{32}$"
"""Every id becomes part of a document's path, so it has no other characters."""

Id = Annotated[str, Path(pattern=ID_PATTERN)]
RecordId = Annotated[str, Field(pattern=ID_PATTERN)]
Cursor = Annotated[str | None, Field(max_length=2000)]
Limit = Annotated[int, Field(ge=1, le=200)]
DEFAULT_LIMIT = PAGE_SIZE

SelectedIds = Annotated[list[RecordId], Field(max_length=MAX_SELECTED)]
"""The ids of selected messages."""

MAX_PAYLOAD_LENGTH = 10_000_000
"""Characters of an edited payload: a message holds 10 MB (requirements 1.1)."""

MAX_TERM_LENGTH = 512
"""Characters of a searched text: no id is longer."""

MAX_STEPS = 20
"""Steps of a patch."""

MAX_PATH_LENGTH = 200
MAX_VALUE_LENGTH = 1_000
"""Characters of a step's field and value."""


def services_of(request: Request) -> ConsoleServices:
    """Return the services this application was built with."""
    services: ConsoleServices = request.app.state.services
    return services


Services = Annotated[ConsoleServices, Depends(services_of)]
