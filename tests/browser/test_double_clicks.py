"""A button is pressed twice: what it sends is done once."""

import json

import pytest
from playwright.async_api import Page, expect

from tests import messages
from tests.browser.console import Console

pytestmark = [pytest.mark.emulator, pytest.mark.asyncio(loop_scope="session")]

PRESS_TWICE = "button => { button.click(); setTimeout(() => button.click(), 20); }"
"""The first request is on its way before the second press: Chromium joins those that are closer."""


async def test_one_operation_is_started(page: Page, console: Console) -> None:
    """The second press starts no other operation on the same messages."""
    failed = await console.broken_order("QC-DOUBLE")
    before = len((await console.get("/api/runs"))["items"])
    await page.goto(f"/runs/new?action=discard&case={failed['id']}")
    await page.get_by_label("Why are they not needed?").fill("Sent twice")
    await page.get_by_label("Type the number of messages, 1, to confirm").fill("1")

    await page.get_by_role("button", name="Discard 1 message").evaluate(PRESS_TWICE)

    await expect(page.get_by_text("All done.")).to_be_visible()
    assert len((await console.get("/api/runs"))["items"]) == before + 1


async def test_one_edit_is_saved(page: Page, console: Console) -> None:
    """The second press saves no copy."""
    failed = await console.broken_order("QC-DOUBLE")
    await page.goto(f"/messages/{failed['id']}")
    await page.get_by_role("button", name="Edit and replay").click()
    await page.get_by_label("Payload as JSON").fill(json.dumps(messages.order(failed["orderId"])))

    await page.get_by_role("button", name="Save edit").evaluate(PRESS_TWICE)

    await expect(page.get_by_role("button", name="Replay edit")).to_be_visible()
    assert len(await console.get(f"/api/failed/{failed['id']}/edits")) == 1


async def test_a_form_is_sent_again_after_going_back(page: Page, console: Console) -> None:
    """The page that the browser kept takes another press: the first was refused."""
    failed = await console.broken_order("QC-DOUBLE")
    await page.goto(f"/runs/new?action=discard&case={failed['id']}")
    await page.get_by_label("Why are they not needed?").fill("Sent twice")
    await page.get_by_label("Type the number of messages, 1, to confirm").fill("2")
    await page.get_by_role("button", name="Discard 1 message").click()
    await expect(page.get_by_role("alert")).to_contain_text("1 messages are open, 2 were confirmed")
    await page.go_back()
    await page.get_by_label("Why are they not needed?").fill("Sent twice")
    await page.get_by_label("Type the number of messages, 1, to confirm").fill("1")

    await page.get_by_role("button", name="Discard 1 message").click()

    await expect(page.get_by_text("All done.")).to_be_visible()
