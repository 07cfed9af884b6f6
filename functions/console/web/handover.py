"""Who works on a failure group: what a person fills in on the page, and a program sends to the API."""

from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from shared.failed_messages.console_services import ConsoleServices
from shared.failed_messages.failure_groups import Handover
from web.typed_texts import Note

MAX_MUTE_HOURS = 168


def _web_address(text: str) -> str:
    """Accept no text, or an address that a browser opens; such an address runs no script."""
    if text and (urlsplit(text).scheme not in ("https", "http") or not urlsplit(text).netloc):
        raise ValueError("must be an address that begins with https:// or http://")
    return text


def _none_if_empty(given: object) -> object:
    """Accept the empty text that a form sends for no number."""
    return None if given == "" else given


class HandoverFields(BaseModel):
    """The fields of the form and of the API: owner, note, ticket and mute of a group."""

    owner: Annotated[str | None, Field(max_length=320)] = None
    """The signed-in user where absent; empty for no one."""
    note: Note = ""
    ticket: Annotated[str, Field(max_length=500), AfterValidator(_web_address)] = ""
    mute: Annotated[int | None, Field(ge=0, le=MAX_MUTE_HOURS), BeforeValidator(_none_if_empty)] = None
    """Hours without notifications; 0 ends a mute, null keeps the present one."""
    seen: Annotated[str | None, Field(max_length=64)] = None
    """The handover that the person saw and replaces; any where absent."""

    def to_handover(self, user: str, muted_until: datetime | None, now: datetime) -> Handover:
        """Convert the fields; `muted_until` is the present mute."""
        until = now + timedelta(hours=self.mute) if self.mute else None
        return Handover(
            owner=user if self.owner is None else self.owner.strip(),
            note=self.note.strip(),
            ticket=self.ticket.strip(),
            muted_until=muted_until if self.mute is None else until,
        )


async def hand_over_group(
    services: ConsoleServices, group_id: str, fields: HandoverFields, user: str
) -> None:
    """Store owner, note, ticket and mute of a group. Raises NotFound, HandoverChanged."""
    overview = services.overview
    group = (await overview.group(group_id)).group
    handover = fields.to_handover(user, group.muted_until, overview.clock())
    await overview.hand_over(group_id, handover, by=user, seen=fields.seen)
