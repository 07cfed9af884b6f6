"""The function that stores dead letters."""

from dataclasses import dataclass

from shared.bootstrap.adapters import Adapters, utc_now
from shared.bootstrap.push_function import HttpFunction, push_function, subscription_topics
from shared.bootstrap.queries import queries_of
from shared.consumer.middleware import common_middleware, wrap
from shared.consumer.ports import Process
from shared.failed_messages.dead_letter_handler import DeadLetters, Reports
from shared.failed_messages.dead_letter_store import FailedMessages
from shared.failed_messages.failure_groups import FailureGroups
from shared.failed_messages.failure_register import FailureRegister
from shared.failed_messages.failure_reports import FailureReports
from shared.failed_messages.repository import Cases
from shared.failed_messages.stored_dead_letter import FailedMessage
from shared.failed_messages.webhook import Webhook
from shared.telemetry.message_metrics import MessageMetrics
from shared.telemetry.setup import Telemetry


def dead_letter_consumer() -> HttpFunction:
    """Build the HTTP function that stores dead letters."""

    def build_process(adapters: Adapters, telemetry: Telemetry) -> Process:
        handler = _build_handler(adapters, telemetry)
        return wrap(handler.process, common_middleware(adapters.settings.project, telemetry, utc_now))

    return push_function(build_process)


@dataclass(frozen=True, slots=True)
class _CountedReports:
    """Reports that count each dead letter."""

    reports: Reports
    metrics: MessageMetrics

    async def tell(self, failed: FailedMessage) -> None:
        self.metrics.count_dead_letter(failed.letter.topic, failed.failure_reason.error_type)
        await self.reports.tell(failed)


def _build_handler(adapters: Adapters, telemetry: Telemetry) -> DeadLetters:
    settings, rpc = adapters.settings, adapters.rpc
    queries = queries_of(adapters)
    alert = settings.alert_webhook_url and Webhook(settings.alert_webhook_url, utc_now)
    return DeadLetters(
        topics=subscription_topics(settings),
        failures=adapters.failures,
        failed_messages=FailedMessages(rpc, adapters.cipher),
        register=FailureRegister(Cases(rpc, queries), FailureGroups(rpc, queries)),
        reports=_CountedReports(
            FailureReports(settings.service, settings.revision, alert.alert if alert else None),
            telemetry.metrics,
        ),
        clock=utc_now,
    )
