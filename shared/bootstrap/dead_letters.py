"""The function that stores dead letters."""

from shared.bootstrap.adapters import Adapters, utc_now
from shared.bootstrap.observability import Observability
from shared.bootstrap.push_function import HttpFunction, push_function, topics
from shared.bootstrap.queries import queries_of
from shared.consumer.own_project import require_project
from shared.failed_messages.dead_letter_handler import DeadLetters
from shared.failed_messages.dead_letter_store import FailedMessages
from shared.failed_messages.failure_groups import FailureGroups
from shared.failed_messages.failure_register import FailureRegister
from shared.failed_messages.failure_reports import FailureReports
from shared.failed_messages.repository import Cases
from shared.failed_messages.webhook import Webhook


def dead_letter_consumer() -> HttpFunction:
    """Make the HTTP function that stores dead letters."""
    return push_function(
        lambda adapters, watch: require_project(
            adapters.settings.project, _dead_letters(adapters, watch).process
        )
    )


def _dead_letters(adapters: Adapters, watch: Observability) -> DeadLetters:
    settings, rpc = adapters.settings, adapters.rpc
    queries = queries_of(adapters)
    alert = settings.alert_webhook_url and Webhook(settings.alert_webhook_url, utc_now)
    return DeadLetters(
        topics=topics(settings),
        failures=adapters.failures,
        failed_messages=FailedMessages(rpc, adapters.cipher),
        register=FailureRegister(Cases(rpc, queries), FailureGroups(rpc, queries)),
        reports=watch.counting(
            FailureReports(settings.service, settings.revision, alert.alert if alert else None)
        ),
        clock=utc_now,
    )
