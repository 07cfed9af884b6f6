"""A notification is written as JSON, for Slack and for Teams; a group grows fast by its numbers."""

import json
from typing import Any

import pytest

from shared.failed_messages.growth import MIN_FAILED, is_growing
from shared.failed_messages.notifications import Notification, NotificationKind
from shared.failed_messages.webhook import FORMATS, to_json, to_slack, to_teams

LINK = "https://console.example/groups/abc"
FIELDS = {"topic": "order-create", "reason": "contract.invalid", "detail": "orderId: a < b & <!channel>"}


def notification(link: str | None = LINK) -> Notification:
    """Return a notification with text that is markup in Slack."""
    return Notification(kind=NotificationKind.NEW_GROUP, text="New <group> & more", fields=FIELDS, link=link)


def test_slack_shows_text_fields_and_a_button() -> None:
    """Blocks have the form that Slack documents, and nothing of a producer is markup."""
    body = to_slack(notification())
    header, section, actions = body["blocks"]
    assert body["text"] == "New &lt;group&gt; &amp; more"
    assert header == {"type": "header", "text": {"type": "plain_text", "text": "New <group> & more"}}
    assert section["fields"][2]["text"] == "*Detail*\norderId: a &lt; b &amp; &lt;!channel&gt;"
    assert actions["elements"][0]["url"] == LINK


def test_slack_takes_no_longer_header() -> None:
    """Slack refuses a header of more than 150 characters."""
    long = Notification(kind=NotificationKind.CRITICAL, text="x" * 500, fields={}, link=None)
    (header,) = to_slack(long)["blocks"]
    assert len(header["text"]["text"]) == 150


def test_teams_shows_an_adaptive_card() -> None:
    """The card has facts, and opens the group."""
    (attachment,) = to_teams(notification())["attachments"]
    card = attachment["content"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert [each["type"] for each in card["body"]] == ["TextBlock", "FactSet"]
    assert {"title": "Topic", "value": "order-create"} in card["body"][1]["facts"]
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "Open the group", "url": LINK}]


def test_json_keeps_its_fields() -> None:
    """Programs find the alert, the text, the link and every field."""
    assert to_json(notification()) == {
        "alert": "new_failure_group",
        "text": "New <group> & more",
        "link": LINK,
        **FIELDS,
    }


@pytest.mark.parametrize("style", FORMATS)
def test_every_format_is_json_without_a_link_too(style: str) -> None:
    """The console's address is optional."""
    body: Any = json.loads(json.dumps(FORMATS[style](notification(link=None))))
    assert "http://console" not in json.dumps(body)


@pytest.mark.parametrize(
    ("recent", "before", "growing"),
    [
        (MIN_FAILED - 1, 0, False),
        (MIN_FAILED, 0, True),
        (60, 20, True),
        (59, 20, False),
        (100, 100, False),
    ],
)
def test_a_cause_grows_fast_by_its_numbers(recent: int, before: int, *, growing: bool) -> None:
    """Many failures, and several times as many as before."""
    assert is_growing(recent, before) is growing
