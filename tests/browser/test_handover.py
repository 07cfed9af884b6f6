"""Working together: who did what, a handover with a note, and a report for the producer, in few clicks."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.console import Clicks, Console, new_id, open_failures, settled

pytestmark = [pytest.mark.emulator, pytest.mark.asyncio(loop_scope="session")]


async def failed_group(console: Console) -> tuple[str, str]:
    """Return the ids of a failed message and of its group."""
    order_id = new_id("QC-HAND")
    await console.publish("order-release", {"orderId": order_id}, {"source": "QC-SMF", "version": "2.4.0"})
    failed = await console.failed(order_id)
    groups = [each["group"] for each in (await console.get("/api/groups"))["items"]]
    found = next(each for each in groups if each["subscription"] == failed["subscription"])
    return failed["id"], found["id"]


async def test_who_did_what_takes_one_click(page: Page, console: Console) -> None:
    """The audit log is in the menu of every page, names the person and the reason, and filters."""
    message_id, _ = await failed_group(console)
    await console.post(f"/api/failed/{message_id}/discard", reason="sent by a test")
    clicks = Clicks()
    await open_failures(page)
    await clicks.on(page.get_by_role("navigation", name="Main").get_by_role("link", name="Audit log"))
    row = page.get_by_role("row").filter(has_text=message_id[:8])
    await expect(row).to_contain_text("local")
    await expect(row).to_contain_text("sent by a test")
    assert clicks.number == 1
    await page.goto(f"/audit?target={message_id}&action=discarded")
    await expect(page.get_by_role("row")).to_have_count(2)
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="Download CSV").click()
    path = await (await downloading.value).path()
    assert "sent by a test" in path.read_text()


async def test_a_handover_takes_two_clicks(page: Page, console: Console) -> None:
    """Owner and note are on the group's page and on the first page, and in the history."""
    _, group_id = await failed_group(console)
    clicks = Clicks()
    await page.goto(f"/groups/{group_id}")
    await clicks.on(page.get_by_text("Hand over", exact=True))
    await page.get_by_label("Note for the next person").fill("Waiting for the storefront's answer")
    await clicks.on(page.get_by_role("button", name="Save handover"))
    assert clicks.number == 2
    work = page.get_by_role("region", name="Who works on it")
    await expect(work).to_contain_text("Waiting for the storefront's answer")
    await expect(work).to_contain_text("local")
    await open_failures(page)
    await expect(page.get_by_text("Owner: local").first).to_be_visible()


async def test_a_handover_needs_only_the_keyboard(page: Page, console: Console) -> None:
    """Enter opens the form, Tab leads through it, Enter on the button saves it."""
    _, group_id = await failed_group(console)
    await page.goto(f"/groups/{group_id}")
    await settled(page)
    await page.get_by_text("Hand over", exact=True).focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Owner")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.type("By keyboard")
    for _ in range(3):
        await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Save handover")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("region", name="Who works on it")).to_contain_text("By keyboard")


async def test_a_report_for_the_producer_takes_one_click(page: Page, console: Console) -> None:
    """One click on the first page copies counts, rules, versions and a masked example."""
    _, group_id = await failed_group(console)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    clicks = Clicks()
    await open_failures(page)
    card = page.get_by_role("listitem").filter(has=page.locator(f"#group-{group_id}"))
    await clicks.on(card.get_by_role("button", name="Copy report"))
    await expect(card.get_by_role("status")).to_have_text("Copied.")
    assert clicks.number == 1
    text = await page.evaluate("navigator.clipboard.readText()")
    assert "Topic: order-release" in text
    assert "QC-SMF 2.4.0" in text
    assert f"/groups/{group_id}" in text
