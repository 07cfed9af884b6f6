"""Pauses of automatic replay: `automatic_replay_pauses/{subscription}` exists during a pause."""

from collections.abc import Sequence
from datetime import datetime

from shared.domain.value import Value
from shared.failed_messages.audit_log import AuditRecord, audit_write, new_record
from shared.failed_messages.documents import from_fields, to_fields
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.values import read_fields
from shared.gcp.firestore.writes import delete, set_document

COLLECTION = "automatic_replay_pauses"


class AutomaticReplayPause(Value):
    """A subscription without automatic replay until a person resumes it; `id` is the subscription."""

    id: str
    paused_by: str
    paused_at: datetime


class AutomaticReplayPauses:
    """Store and read pauses; every method raises StoreUnavailable."""

    def __init__(self, rpc: FirestoreRpc) -> None:
        """Use Firestore's calls."""
        self._rpc = rpc

    async def find(self, subscriptions: Sequence[str]) -> dict[str, AutomaticReplayPause]:
        """Read the pauses among some subscriptions."""
        paths = {f"{COLLECTION}/{name}": name for name in subscriptions}
        found = await self._rpc.get(paths) if paths else {}
        return {
            paths[path]: from_fields(AutomaticReplayPause, paths[path], read_fields(document.fields))
            for path, document in found.items()
        }

    async def save(self, pause: AutomaticReplayPause) -> None:
        """Store a pause."""
        name = self._rpc.name(f"{COLLECTION}/{pause.id}")
        record = _record(pause.id, pause.paused_by, pause.paused_at, "paused")
        await self._rpc.overwrite([set_document(name, to_fields(pause)), audit_write(self._rpc, record)])

    async def delete(self, subscription: str, *, by: str, at: datetime) -> None:
        """Delete a pause, if it is there."""
        record = _record(subscription, by, at, "unpaused")
        name = self._rpc.name(f"{COLLECTION}/{subscription}")
        await self._rpc.overwrite([delete(name), audit_write(self._rpc, record)])


def _record(subscription: str, by: str, at: datetime, action: str) -> AuditRecord:
    return new_record(at=at, by=by, action=action, kind="subscription", target=subscription)
