"""A report about a failure group that a person sends to the producer: facts without personal data."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.failed_messages.audit_log import AuditLog, new_record
from shared.failed_messages.failure_groups import FailureGroup
from shared.failed_messages.impact import producer_name
from shared.failed_messages.model import FailedMessage, MessageFilter, MessageStatus, Sort
from shared.failed_messages.overview import Overview
from shared.failed_messages.service import FailedMessageService

MAX_REPORTED_MESSAGES = 200
"""Messages of a group that are read."""

MAX_LISTED_ENTRIES = 20
"""Rules, and orders, that a report lists."""

MAX_EXAMPLE_LENGTH = 4_000
"""Characters of the example."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerReport:
    """What the producer needs to find and correct the fault."""

    group: FailureGroup
    open: int
    read: int
    """Messages that the report is about: the newest ones, where there are more."""
    rules: Mapping[str, int]
    """Messages by violated rule ("field: rule"), the most frequent first."""
    producers: Mapping[str, int]
    """Messages by source and version."""
    first_published_at: datetime | None
    last_published_at: datetime | None
    order_ids: tuple[str, ...]
    example_id: str
    example: str
    """One payload with personal data masked; empty where it is not JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerReports:
    """Write reports; raises StoreUnavailable."""

    overview: Overview
    messages: FailedMessageService
    audit: AuditLog
    clock: Callable[[], datetime]

    async def download(self, group_id: str, *, by: str) -> ProducerReport:
        """Report about the open messages of a group for a person who sends it on. Raises NotFound."""
        report = await self.write(group_id)
        detail = f"report of {report.read} messages"
        record = new_record(
            at=self.clock(), by=by, action="downloaded", kind="group", target=group_id, detail=detail
        )
        await self.audit.write(record)
        return report

    async def write(self, group_id: str) -> ProducerReport:
        """Report about the open messages of a group. Raises NotFound."""
        wanted = MessageFilter(status=MessageStatus.OPEN, group_id=group_id)
        summary, page = await asyncio.gather(
            self.overview.group(group_id),
            self.messages.page(wanted, limit=MAX_REPORTED_MESSAGES, sort=Sort.NEWEST),
        )
        found = page.items
        example = (await self.messages.payload(found[0].id)).text if found else None
        published = [each.publish_time for each in found]
        return ProducerReport(
            group=summary.group,
            open=summary.open,
            read=len(found),
            rules=_count_rules(found),
            producers=dict(Counter(producer_name(each.attributes) for each in found).most_common()),
            first_published_at=min(published, default=None),
            last_published_at=max(published, default=None),
            order_ids=tuple(dict.fromkeys(each.order_id for each in found if each.order_id))[
                :MAX_LISTED_ENTRIES
            ],
            example_id=found[0].id if found else "",
            example=_shorten(example or ""),
        )


def _count_rules(messages: tuple[FailedMessage, ...]) -> dict[str, int]:
    rules = Counter(
        rule for message in messages for rule in message.failure_reason.detail.split("; ") if rule
    )
    return dict(rules.most_common(MAX_LISTED_ENTRIES))


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_EXAMPLE_LENGTH else f"{text[:MAX_EXAMPLE_LENGTH]}\n…"
