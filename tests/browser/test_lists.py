"""Lists longer than a page."""

import pytest
from playwright.async_api import Page, expect

from shared.failed_messages.model import PAGE_SIZE
from tests.browser.console import Console, new_id

pytestmark = [pytest.mark.emulator, pytest.mark.asyncio(loop_scope="session")]

SUBSCRIPTION = "order-cancel-sub"


async def test_pages_follow_each_other_without_a_gap(page: Page, console: Console) -> None:
    """The next page goes on where the last one ended, and the first is one click away."""
    for _ in range(PAGE_SIZE + 3):
        await console.publish("order-cancel", {"orderId": new_id("QC-PAGE")})
    failed = await console.all_failed(PAGE_SIZE + 3, subscription=SUBSCRIPTION, limit="200")
    expected = {each["id"] for each in failed}
    await page.goto("/messages")
    await page.get_by_label("Subscription").select_option(SUBSCRIPTION)
    await page.get_by_role("button", name="Show messages").click()
    seen = await _ids(page, PAGE_SIZE)
    await page.get_by_role("link", name="Next page").click()
    await expect(page.get_by_role("link", name="Next page")).to_have_count(0)
    seen += await _ids(page, len(expected) - PAGE_SIZE)
    assert set(seen) == expected
    await page.get_by_role("link", name="First page").click()
    assert await _ids(page, PAGE_SIZE) == seen[:PAGE_SIZE]


async def test_a_cursor_of_another_list_is_refused(page: Page) -> None:
    """An address that was tampered with leads to a page that says so."""
    answer = await page.goto("/messages?cursor=bm9uc2Vuc2U")
    assert answer is not None
    assert answer.status == 400
    await expect(page.get_by_role("alert")).to_contain_text("Invalid link or input")


async def _ids(page: Page, number: int) -> list[str]:
    links = page.locator("td[data-label=Message] a")
    await expect(links).to_have_count(number)
    return [str(await link.get_attribute("href")).rsplit("/", 1)[-1] for link in await links.all()]


async def test_automatic_replay_is_paused_and_resumed(page: Page, console: Console) -> None:
    """The person on call stops the schedule for one subscription, sees who did, and lets it go on."""
    await page.goto("/subscriptions")
    row = page.get_by_role("row").filter(has_text="ship-events-direct-sub")
    await row.get_by_role("button", name="Pause replay").click()
    await expect(page).to_have_url(f"{console.url}/#subscriptions")
    await page.goto("/subscriptions")
    await expect(row.get_by_text("Paused by local")).to_be_visible()
    statuses = {each["subscription"]: each for each in await console.get("/api/automatic-replay")}
    assert statuses["ship-events-direct-sub"]["pausedBy"] == "local"
    await row.get_by_role("button", name="Resume replay").click()
    await expect(page).to_have_url(f"{console.url}/#subscriptions")
    await page.goto("/subscriptions")
    await expect(row.get_by_role("button", name="Pause replay")).to_be_visible()
