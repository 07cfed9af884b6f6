"""Reports of failed messages: a line for Error Reporting, an alert line, and a webhook where one is set.

Error Reporting groups lines of its documented type by service and message. The alert policy matches
`jsonPayload.alert`. No line contains payload.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx2

from shared.failed_messages.dead_letter import StoredDeadLetter
from shared.telemetry.log import write

REPORTED_ERROR = "type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent"
CRITICAL_ALERT = "critical_failed_message"

WEBHOOK_TIMEOUT = httpx2.Timeout(3.0, connect=2.0)
COOLDOWN = timedelta(seconds=30)
"""How long a failed webhook is not called: it must not slow the storing of a flood of dead letters."""

Alert = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Sends a JSON object to the person on call; never raises, and takes a bounded time."""


class FailureReports:
    """Write reports to standard output, where the platform collects them."""

    def __init__(self, service: str, version: str, alert: Alert | None) -> None:
        """Report as a version of a service; send alerts where `alert` is set."""
        self._context = {"service": service, "version": version}
        self._alert = alert

    async def report(self, stored: StoredDeadLetter) -> None:
        """Report a failed message; raise an alert where it is critical."""
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
            if self._alert is not None:
                await self._alert({"alert": CRITICAL_ALERT, "text": text, **fields})


class Webhook:
    """Post alerts to one URL."""

    def __init__(self, url: str, clock: Callable[[], datetime]) -> None:
        """Post to a URL."""
        self._url = url
        self._clock = clock
        self._silent_until: datetime | None = None

    async def alert(self, fields: Mapping[str, Any]) -> None:
        """Post an alert: two tries of three seconds, then silence for the cooldown."""
        now = self._clock()
        if self._silent_until is not None and now < self._silent_until:
            return
        # A client for each alert: an instance may sleep between two, and an idle connection would be dead.
        async with httpx2.AsyncClient(timeout=WEBHOOK_TIMEOUT) as http:
            delivered = await self._post(http, fields) or await self._post(http, fields)
        self._silent_until = None if delivered else self._clock() + COOLDOWN

    async def _post(self, http: httpx2.AsyncClient, fields: Mapping[str, Any]) -> bool:
        try:
            answer = await http.post(self._url, json=dict(fields))
        except httpx2.HTTPError:
            return False
        return not answer.is_server_error


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
