"""Telling of failed messages: Error Reporting, the alert's log line, and a webhook where one is set.

Error Reporting groups lines of its documented type by service and message; the alert policy
matches `jsonPayload.alert`. Nothing of the payload is in any of them.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from shared.failed_messages.stored_dead_letter import FailedMessage
from shared.telemetry.log import write

REPORTED_ERROR = "type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent"
CRITICAL_ALERT = "critical_failed_message"

Alert = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Sends a JSON object to whoever is on call; never raises, takes a bounded time."""


class FailureReports:
    """Write lines to standard output, where the platform collects them."""

    def __init__(self, service: str, version: str, alert: Alert | None) -> None:
        """Report as a version of a service; send alerts where there is a way."""
        self._context = {"service": service, "version": version}
        self._alert = alert

    async def tell(self, failed: FailedMessage) -> None:
        """Report a failed message; raise an alert where it is critical."""
        told = _labels(failed)
        text = f"Dead letter of {failed.letter.subscription}: {failed.failure_reason.slug}"
        write(
            {
                "severity": "ERROR",
                "@type": REPORTED_ERROR,
                "message": text,
                "serviceContext": self._context,
                "context": {"reportLocation": _location(failed)},
                **told,
            }
        )
        if failed.critical:
            write({"severity": "CRITICAL", "message": text, "alert": CRITICAL_ALERT, **told})
            if self._alert is not None:
                await self._alert({"alert": CRITICAL_ALERT, "text": text, **told})


def _labels(failed: FailedMessage) -> dict[str, Any]:
    return {
        "failedMessage": failed.fingerprint,
        "topic": failed.letter.topic,
        "subscription": failed.letter.subscription,
        "errorType": failed.failure_reason.error_type,
        "reason": failed.failure_reason.slug,
        "detail": failed.failure_reason.detail,
        "attempts": failed.attempts,
        "publishTime": failed.letter.publish_time.isoformat(),
    }


def _location(failed: FailedMessage) -> dict[str, Any]:
    """Say where it failed; without a stack trace Error Reporting groups by this."""
    return {
        "filePath": failed.letter.subscription,
        "functionName": failed.failure_reason.slug,
        "lineNumber": 0,
    }
