"""Notifications, which the function that stores dead letters and the console send."""

from collections.abc import Callable
from datetime import datetime

from shared.bootstrap.adapters import Adapters
from shared.bootstrap.queries import build_queries
from shared.failed_messages.failure_groups import FailureGroups
from shared.failed_messages.notifications import NotificationLog, Notifications
from shared.failed_messages.webhook import Webhook


def build_notifications(adapters: Adapters, clock: Callable[[], datetime]) -> Notifications:
    """Build notifications; without a webhook they are lines of the log only."""
    settings = adapters.settings
    url = settings.alert_webhook_url
    webhook = Webhook(url, clock, settings.alert_webhook_format) if url else None
    return Notifications(
        log=NotificationLog(adapters.rpc),
        groups=FailureGroups(adapters.rpc, build_queries(adapters)),
        clock=clock,
        send=webhook.send if webhook else None,
        console_url=settings.console_url,
    )
