"""Parameters and dependencies of routes: ids, cursors, and the services."""

from typing import Annotated

from fastapi import Depends, Path, Request
from pydantic import Field

from shared.failed_messages.model import PAGE_SIZE
from shared.failed_messages.services import ConsoleServices

ID_PATTERN = "^[0-9a-f]{32}$"
"""Every id becomes part of a document's path, so it has no other characters."""

Id = Annotated[str, Path(pattern=ID_PATTERN)]
RecordId = Annotated[str, Field(pattern=ID_PATTERN)]
Cursor = Annotated[str | None, Field(max_length=2000)]
Limit = Annotated[int, Field(ge=1, le=200)]
DEFAULT_LIMIT = PAGE_SIZE


MAX_TERM = 512
"""Characters of a searched text: no id is longer."""


MAX_STEPS = 20
"""Steps of a patch."""

MAX_PATH = 200
MAX_VALUE = 1_000


def services_of(request: Request) -> ConsoleServices:
    """Return the services this application was built with."""
    services: ConsoleServices = request.app.state.services
    return services


Services = Annotated[ConsoleServices, Depends(services_of)]
