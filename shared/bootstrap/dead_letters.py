"""The function that stores dead letters."""

from dataclasses import dataclass

from shared.bootstrap.adapters import Adapters, utc_now
from shared.bootstrap.notifications import build_notifications
from shared.bootstrap.push_function import HttpFunction, build_push_function, subscription_topics
from shared.bootstrap.queries import build_queries
from shared.consumer.middleware import common_middleware, wrap
from shared.consumer.ports import Process
from shared.failed_messages.dead_letter import StoredDeadLetter
from shared.failed_messages.dead_letter_handler import DeadLetterHandler
from shared.failed_messages.failure_reports import FailureReports
from shared.failed_messages.repository import FailedMessageRepository
from shared.telemetry.message_metrics import MessageMetrics
from shared.telemetry.setup import Telemetry


def build_dead_letter_consumer() -> HttpFunction:
    """Build the HTTP function that stores dead letters."""

    def build_process(adapters: Adapters, telemetry: Telemetry) -> Process:
        handler = _build_handler(adapters, telemetry)
        return wrap(handler.process, common_middleware(adapters.settings.project, telemetry, utc_now))

    return build_push_function(build_process)


@dataclass(frozen=True, slots=True)
class _CountedReports:
    """Reports that count each dead letter."""

    reports: FailureReports
    metrics: MessageMetrics

    async def report(self, stored: StoredDeadLetter) -> None:
        self.count(stored)
        await self.reports.report(stored)

    def count(self, stored: StoredDeadLetter) -> None:
        self.metrics.count_dead_letter(stored.dead_letter.topic, stored.failure_reason.error_type)


def _build_handler(adapters: Adapters, telemetry: Telemetry) -> DeadLetterHandler:
    settings = adapters.settings
    notifications = build_notifications(adapters, utc_now)
    reports = FailureReports(settings.service, settings.revision, notifications)
    return DeadLetterHandler(
        topics=subscription_topics(settings),
        failures=adapters.failures,
        store=FailedMessageRepository(adapters.rpc, build_queries(adapters), adapters.cipher),
        reports=_CountedReports(reports, telemetry.metrics),
        publisher=adapters.publisher,
        clock=utc_now,
    )
