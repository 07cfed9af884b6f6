"""Access denials: attempts on the console that the role did not allow, for approvers to see.

Stored as `denied_attempts/{hash(actor, action, hour)}` for a year. The id contains no value that the actor
chooses freely, so repeated attempts raise a count and never the number of documents.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared.digest import digest
from shared.failed_messages.documents import read_page
from shared.failed_messages.model import PAGE_SIZE, Page
from shared.failed_messages.retry_on_conflict import retry_on_conflict
from shared.gcp.firestore import writes
from shared.gcp.firestore.query import FirestoreQueries, Selection
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields

COLLECTION = "denied_attempts"

MAX_TARGETS = 20
"""Targets that a record names; all attempts are counted."""

DENIAL_RETENTION = timedelta(days=365)
"""How long a record is kept after its last attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedAttempt:
    """One attempt that the role did not allow."""

    by: str
    """The verified identity."""
    role: str
    """The role that was not sufficient."""
    action: str
    """The last fixed part of the route: unmask, editor, replay, discard, runs."""
    target: str
    """The id of the message, group or bulk operation; empty where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDenial:
    """All of one actor's attempts at one action within an hour."""

    by: str
    role: str
    action: str
    targets: tuple[str, ...]
    """The first different targets."""
    count: int
    first_at: datetime
    last_at: datetime

    @property
    def expire_at(self) -> datetime:
        """Return when the record may be deleted."""
        return self.last_at + DENIAL_RETENTION


def first_denial(attempt: DeniedAttempt, at: datetime) -> AccessDenial:
    """Create the record of an hour's first attempt."""
    targets = (attempt.target,) if attempt.target else ()
    return AccessDenial(
        by=attempt.by,
        role=attempt.role,
        action=attempt.action,
        targets=targets,
        count=1,
        first_at=at,
        last_at=at,
    )


def with_attempt(denial: AccessDenial, attempt: DeniedAttempt, at: datetime) -> AccessDenial:
    """Count one more attempt."""
    targets = dict.fromkeys((*denial.targets, *((attempt.target,) if attempt.target else ())))
    return replace(
        denial,
        role=attempt.role,
        targets=tuple(targets)[:MAX_TARGETS],
        count=denial.count + 1,
        last_at=max(at, denial.last_at),
    )


class AccessDenialLog:
    """Record and list access denials; every method raises StoreUnavailable."""

    def __init__(self, rpc: FirestoreRpc, queries: FirestoreQueries, clock: Callable[[], datetime]) -> None:
        """Use Firestore's calls and queries."""
        self._rpc = rpc
        self._queries = queries
        self._clock = clock

    async def record(self, attempt: DeniedAttempt) -> None:
        """Count an attempt. Raises StoreContended."""
        at = self._clock()
        path = _path(attempt, at)

        async def count() -> None:
            document = (await self._rpc.get([path])).get(path)
            name = self._rpc.name(path)
            if document is None:
                write = writes.create(name, _fields(first_denial(attempt, at)))
            else:
                counted = with_attempt(_read(document), attempt, at)
                write = writes.replace(name, _fields(counted), document.update_time)
            await self._rpc.commit([write])

        await retry_on_conflict(count, "access denial")

    async def page(self, cursor: str | None = None, limit: int = PAGE_SIZE) -> Page[AccessDenial]:
        """List denials, the latest attempt first. Raises InvalidCursor."""
        listed = Selection(collection=COLLECTION, order=("lastAt",), descending=True)
        documents, following = await read_page(self._queries, listed, limit, cursor)
        return Page(tuple(_read(each) for each in documents), following)


def _path(attempt: DeniedAttempt, at: datetime) -> str:
    return f"{COLLECTION}/{digest('denied', attempt.by, attempt.action, f'{at:%Y-%m-%dT%H}')}"


def _fields(denial: AccessDenial) -> Mapping[str, Any]:
    return {
        "by": denial.by,
        "role": denial.role,
        "action": denial.action,
        "targets": list(denial.targets),
        "count": denial.count,
        "firstAt": denial.first_at,
        "lastAt": denial.last_at,
        "expireAt": denial.expire_at,
    }


def _read(document: Any) -> AccessDenial:
    fields = read_fields(document.fields)
    return AccessDenial(
        by=fields["by"],
        role=fields["role"],
        action=fields["action"],
        targets=tuple(fields["targets"]),
        count=fields["count"],
        first_at=fields["firstAt"],
        last_at=fields["lastAt"],
    )
