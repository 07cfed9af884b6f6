"""Reports of failed messages: a line for Error Reporting, an alert line, and notifications.

Error Reporting groups lines of its documented type by service and message. The alert policy matches
`jsonPayload.alert`. No line contains payload.
"""

from typing import Any

from shared.failed_messages.dead_letter import StoredDeadLetter
from shared.failed_messages.notifications import NotificationKind, Notifications
from shared.telemetry.log import write

REPORTED_ERROR = "type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent"
CRITICAL_ALERT = NotificationKind.CRITICAL.value


class FailureReports:
    """Write reports to standard output, where the platform collects them."""

    def __init__(self, service: str, version: str, notifications: Notifications) -> None:
        """Report as a version of a service."""
        self._context = {"service": service, "version": version}
        self._notifications = notifications

    async def report(self, stored: StoredDeadLetter) -> None:
        """Report a failed message; raise an alert where it is critical, and notify people."""
        fields = _log_fields(stored)
        text = f"Dead letter of {stored.dead_letter.subscription}: {stored.failure_reason.slug}"
        write(
            {
                "severity": "ERROR",
                "@type": REPORTED_ERROR,
                "message": text,
                "serviceContext": self._context,
                "context": {"reportLocation": _location(stored)},
                **fields,
            }
        )
        if stored.critical:
            write({"severity": "CRITICAL", "message": text, "alert": CRITICAL_ALERT, **fields})
        await self._notifications.notify_of_dead_letter(stored, text, fields)


def _log_fields(stored: StoredDeadLetter) -> dict[str, Any]:
    return {
        "failedMessage": stored.fingerprint,
        "topic": stored.dead_letter.topic,
        "subscription": stored.dead_letter.subscription,
        "errorType": stored.failure_reason.error_type,
        "reason": stored.failure_reason.slug,
        "detail": stored.failure_reason.detail,
        "attempts": stored.attempts,
        "publishTime": stored.dead_letter.publish_time.isoformat(),
    }


def _location(stored: StoredDeadLetter) -> dict[str, Any]:
    """Name a location: without a stack trace Error Reporting groups by it."""
    return {
        "filePath": stored.dead_letter.subscription,
        "functionName": stored.failure_reason.slug,
        "lineNumber": 0,
    }
