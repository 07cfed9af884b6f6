"""The webhook of the person on call: plain JSON, or a message of Slack or Teams."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx2

from shared.failed_messages.notifications import Notification

CALL_TIMEOUT_S = 3.0
"""Bounds a whole call: httpx's own timeout begins again with each part of an answer."""

HTTP_TIMEOUT = httpx2.Timeout(CALL_TIMEOUT_S, connect=2.0)
COOLDOWN = timedelta(seconds=30)
"""How long a failed webhook is not called: it must not slow the storing of a flood of dead letters."""

LINK_TEXT = "Open the group"
"""The text of the link to the group."""
FIELD_TITLES = {
    "topic": "Topic",
    "subscription": "Subscription",
    "reason": "Reason",
    "detail": "Detail",
    "attempts": "Attempts",
    "failed": "Failed in 10 minutes",
}
"""Fields that people see, with their titles."""

MAX_HEADER_LENGTH = 150
"""Characters of a header in Slack."""

MAX_VALUE_LENGTH = 500


def to_json(notification: Notification) -> dict[str, Any]:
    """Write a notification as one flat object."""
    link = {"link": notification.link} if notification.link else {}
    return {"alert": notification.kind.value, "text": notification.text, **link, **notification.fields}


def to_slack(notification: Notification) -> dict[str, Any]:
    """Write a notification as blocks of Slack."""
    fields = [
        {"type": "mrkdwn", "text": f"*{title}*\n{_escape_for_slack(value)}"}
        for title, value in _facts(notification)
    ]
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": notification.text[:MAX_HEADER_LENGTH]}},
        *([{"type": "section", "fields": fields}] if fields else []),
    ]
    if notification.link:
        button = {
            "type": "button",
            "text": {"type": "plain_text", "text": LINK_TEXT},
            "url": notification.link,
        }
        blocks.append({"type": "actions", "elements": [button]})
    return {"text": _escape_for_slack(notification.text), "blocks": blocks}


def to_teams(notification: Notification) -> dict[str, Any]:
    """Write a notification as an adaptive card of Teams."""
    facts = [{"title": title, "value": value} for title, value in _facts(notification)]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "text": notification.text, "weight": "Bolder", "wrap": True},
            {"type": "FactSet", "facts": facts},
        ],
        "actions": (
            [{"type": "Action.OpenUrl", "title": LINK_TEXT, "url": notification.link}]
            if notification.link
            else []
        ),
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": card}]}


FORMATS: Mapping[str, Callable[[Notification], dict[str, Any]]] = {
    "json": to_json,
    "slack": to_slack,
    "teams": to_teams,
}


class Webhook:
    """Post notifications to one URL."""

    def __init__(self, url: str, clock: Callable[[], datetime], style: str = "json") -> None:
        """Post to a URL, in the format of `style`."""
        self._url = url
        self._clock = clock
        self._format = FORMATS[style]
        self._silent_until: datetime | None = None

    async def send(self, notification: Notification) -> None:
        """Post a notification: two tries of three seconds, then silence for the cooldown."""
        now = self._clock()
        if self._silent_until is not None and now < self._silent_until:
            return
        body = self._format(notification)
        # A client for each one: an instance may sleep between two, and an idle connection would be dead.
        async with httpx2.AsyncClient(timeout=HTTP_TIMEOUT) as http:
            delivered = await self._post(http, body) or await self._post(http, body)
        self._silent_until = None if delivered else self._clock() + COOLDOWN

    async def _post(self, http: httpx2.AsyncClient, body: Mapping[str, Any]) -> bool:
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                answer = await http.post(self._url, json=dict(body))
        except (httpx2.HTTPError, TimeoutError):
            return False
        return not answer.is_server_error


def _facts(notification: Notification) -> list[tuple[str, str]]:
    values = ((title, notification.fields.get(name)) for name, title in FIELD_TITLES.items())
    return [(title, str(value)[:MAX_VALUE_LENGTH]) for title, value in values if value]


def _escape_for_slack(text: str) -> str:
    """Escape what Slack would read as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
