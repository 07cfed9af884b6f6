"""The function that stores dead letters."""

from shared.adapters.failure_reports import FailureReports
from shared.adapters.firestore.cases import Cases
from shared.adapters.firestore.failed_messages import FailedMessages
from shared.adapters.firestore.groups import FailureGroups
from shared.adapters.firestore.register import FailureRegister
from shared.adapters.webhook import Webhook
from shared.bootstrap.adapters import Adapters, utc_now
from shared.bootstrap.push_function import HttpFunction, push_function, topics
from shared.bootstrap.queries import queries_of
from shared.observability import Observability
from shared.pipeline.dead_letters import DeadLetters
from shared.pipeline.own_project import of_own_project


def dead_letter_consumer() -> HttpFunction:
    """Make the HTTP function that stores dead letters."""
    return push_function(
        lambda adapters, watch: of_own_project(
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
