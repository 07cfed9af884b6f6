"""Repairs of many messages: one patch, checked by a dry run for each, replayed where that passes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.contracts.contract import NOT_AN_OBJECT, NOT_JSON
from shared.failed_messages.bulk_operation import Failure
from shared.failed_messages.bulk_selection import BulkSelection
from shared.failed_messages.dead_letter import MONEY_FACTS
from shared.failed_messages.errors import RepairRefused
from shared.failed_messages.formulas import FORMULAS
from shared.failed_messages.model import FailedMessage
from shared.failed_messages.patch import (
    Operation,
    PatchFailed,
    PatchStep,
    StepKind,
    apply_patch,
    write_payload,
)
from shared.failed_messages.service import FailedMessageService
from shared.privacy.field_kinds import FieldKind, field_kind
from shared.privacy.masking import MASK

MAX_CHECKED_MESSAGES = 500
"""Messages that one check covers; the operation checks each of the others at its turn."""

MAX_PARALLEL_DRY_RUNS = 8
"""Dry runs at the same time: a part of what a function handles."""

MAX_SHOWN_VALUE_LENGTH = 60
"""Characters of a value in the table."""

MAX_SHOWN_CHANGES = 20
"""Changes of one message in the table."""

NO_FIELDS = (NOT_JSON, NOT_AN_OBJECT)
FAULTS_OF_HEADERS = ("envelope.", "contract.unknown_version")
"""Beginnings of failure reasons."""

NOT_APPLICABLE = "repair.not_applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A changed field; a personal or unknown value is masked."""

    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairCheck:
    """What the repair of one message would lead to."""

    message: FailedMessage
    passes: bool
    reason: str = ""
    detail: str = ""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Repairs:
    """Check and apply patches; every method raises StoreUnavailable."""

    messages: FailedMessageService
    selection: BulkSelection

    async def check(
        self, group_id: str | None, message_ids: Sequence[str], steps: Sequence[PatchStep]
    ) -> tuple[RepairCheck, ...]:
        """Ask for a dry run of each repaired message, in order of publication. Raises RepairRefused."""
        check_steps(steps)
        messages = await self.selection.list_first(group_id, message_ids, MAX_CHECKED_MESSAGES)
        check_repairable(messages)
        gate = asyncio.Semaphore(MAX_PARALLEL_DRY_RUNS)

        async def check_one(message: FailedMessage) -> RepairCheck:
            async with gate:
                return (await self._check(message, steps))[0]

        return tuple(await asyncio.gather(*map(check_one, messages)))

    async def repair(
        self, message: FailedMessage, steps: Sequence[PatchStep], *, by: str, operation: str
    ) -> FailedMessage | Failure:
        """Replay a repaired message; return the reason where its dry run fails. Raises NotAllowed."""
        check, data = await self._check(message, steps)
        if not check.passes:
            return Failure(message_id=message.id, reason=check.reason, detail=check.detail)
        edit = await self.messages.store_edit(message.id, data, by=by)
        return await self.messages.replay(message.id, by=by, edit=edit.id, operation=operation)

    async def _check(self, message: FailedMessage, steps: Sequence[PatchStep]) -> tuple[RepairCheck, bytes]:
        try:
            original = await self.messages.original_data(message.id)
            data, operations = await asyncio.to_thread(apply_patch, original, steps)
        except PatchFailed as error:
            failed = RepairCheck(message=message, passes=False, reason=NOT_APPLICABLE, detail=str(error))
            return failed, b""
        check = await self.messages.check_replay(message.id, data=data)
        changes = tuple(_change(each) for each in operations[:MAX_SHOWN_CHANGES])
        reason = check.refusal.slug if check.refusal else check.dry_run.reason
        detail = str(check.refusal) if check.refusal else check.dry_run.detail
        checked = RepairCheck(
            message=message, passes=check.passes, reason=reason, detail=detail, changes=changes
        )
        return checked, data


def check_steps(steps: Sequence[PatchStep]) -> None:
    """Refuse a patch without a step, and one with a personal or unknown field: it is stored unencrypted."""
    if not steps:
        raise RepairRefused("repair: must have at least one step")
    for step in steps:
        if step.kind is StepKind.COMPUTE:
            if step.formula not in FORMULAS:
                raise RepairRefused("formula: is unknown")
        elif not step.path.startswith("/") or _kind(step.path) is not FieldKind.SHOWN:
            raise RepairRefused("path: must be a known field without personal data, such as /totals/total")


def find_obstacle(topic: str, slug: str, rule: str) -> str:
    """Return why no patch of fields repairs a failure, or nothing; `rule` is "field: rule", the first one."""
    if topic in MONEY_FACTS:
        return "Facts about money are edited one message at a time, and replayed by another person."
    if rule in NO_FIELDS:
        return "What was sent has no fields to repair: edit the messages one at a time."
    if slug.startswith(FAULTS_OF_HEADERS):
        return "The fault is in the headers, which a repair does not change."
    return ""


def check_repairable(messages: Sequence[FailedMessage]) -> None:
    """Refuse messages that no patch of fields repairs."""
    for each in messages:
        reason = each.failure_reason
        if obstacle := find_obstacle(each.topic, reason.slug, reason.first_rule):
            raise RepairRefused(obstacle)


def _change(operation: Operation) -> Change:
    shown = _kind(operation.path) is FieldKind.SHOWN
    return Change(
        path=operation.path,
        before=_text(operation.before) if shown and operation.op != "add" else MASK * (operation.op != "add"),
        after="" if operation.op == "remove" else _text(operation.value) if shown else MASK,
    )


def _kind(path: str) -> FieldKind:
    """Return the kind of the field that a path ends in; an index belongs to the list before it."""
    names = [step for step in path.split("/") if step and not step.isdecimal()]
    return field_kind(names[-1]) if names else FieldKind.VALUE


def _text(value: Any) -> str:
    return write_payload(value).decode()[:MAX_SHOWN_VALUE_LENGTH]
