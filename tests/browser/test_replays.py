"""Replays from the browser: once however often the button is pressed, never of what is closed."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests import messages
from tests.browser.console import POLL_MS, Console, new_id, open_failures, settled
from tests.lab.stack.fault_plan import Fault

pytestmark = [pytest.mark.emulator, pytest.mark.asyncio(loop_scope="session")]

DELIVERIES = 5
"""Until a message is dead-lettered (requirements 6.1)."""

GROUP = 20


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def by_hand(console: Console) -> AsyncIterator[None]:
    """Pause automatic replay, which would be faster than a person."""
    for subscription in ("order-create-sub", "inventory-update-sub"):
        await console.post(f"/api/automatic-replay/{subscription}/pause")
    yield
    for subscription in ("order-create-sub", "inventory-update-sub"):
        await console.post(f"/api/automatic-replay/{subscription}/resume")


async def test_a_double_click_replays_once(page: Page, console: Console) -> None:
    """Two presses of the button are one replay, and the order changes once."""
    order_id = new_id("QC-TWICE")
    await console.stack.faults(Fault(method="Commit", contains=order_id, times=DELIVERIES))
    await console.publish("order-create", messages.order(order_id))
    failed = await console.failed(order_id)
    await page.goto(f"/messages/{failed['id']}")
    await expect(page.get_by_text("A replay would succeed.")).to_be_visible()
    await page.get_by_role("button", name="Replay now").dblclick()
    await expect(page.get_by_text("Resolved: replayed successfully.")).to_be_visible()
    after = await console.get(f"/api/failed/{failed['id']}")
    assert [entry["action"] for entry in after["history"]] == ["failed", "replaying", "resolved"]
    assert (await _events(console, order_id)).count("order.created") == 1


async def test_replaying_what_was_processed_changes_nothing_and_says_so(page: Page, console: Console) -> None:
    """A message about an order that exists already ends as a duplicate."""
    order_id = new_id("QC-AGAIN")
    await console.stack.faults(Fault(method="Commit", contains=order_id, times=DELIVERIES))
    await console.publish("order-create", messages.order(order_id))
    failed = await console.failed(order_id)
    await console.publish("order-create", messages.order(order_id))
    await page.goto(f"/messages/{failed['id']}")
    already = page.get_by_text("Already processed: a replay would change nothing.")
    while not await already.is_visible():
        await page.reload()
        await settled(page)
    await page.get_by_role("button", name="Replay now").click()
    await expect(page.get_by_text("already processed, nothing changed").first).to_be_visible()
    assert (await _events(console, order_id)).count("order.created") == 1


async def test_a_discarded_message_cannot_be_replayed(page: Page, console: Console) -> None:
    """A page that was loaded before a person discarded the message is refused; a new one has no button."""
    failed = await console.broken_order("QC-DISCARD")
    await page.goto(f"/messages/{failed['id']}")
    stale = await page.context.new_page()
    await stale.goto(f"/messages/{failed['id']}")

    await page.get_by_text("Discard", exact=True).click()
    await page.get_by_label("Why is it not needed?").fill("Sent by a test of the storefront")
    await page.get_by_role("button", name="Discard message").click()
    await expect(page.get_by_text("Discarded by local. To replay it, reopen it first.")).to_be_visible()
    await expect(page.get_by_role("status").get_by_text("Sent by a test of the storefront")).to_be_visible()
    await expect(page.get_by_role("button", name="Replay now")).to_have_count(0)

    await stale.get_by_role("button", name="Replay now").click()
    await expect(stale.get_by_text("Discarded by local. To replay it, reopen it first.")).to_be_visible()
    await expect(stale.get_by_role("alert")).to_have_count(0)
    assert (await console.get(f"/api/failed/{failed['id']}"))["status"] == "DISCARDED"


async def test_a_group_stops_at_the_first_that_fails_again(page: Page, console: Console) -> None:
    """Twenty messages of a group are replayed in order after a fix; the seventh fails, the rest stay open."""
    location = new_id("LOC")
    # Twice for each delivery: a commit that it shares with others, then its own.
    await console.stack.faults(Fault(method="Commit", contains=location, times=2 * GROUP * DELIVERIES))
    for number in range(GROUP):
        await console.publish("inventory-update", _count(location, number))
    query = {"subscription": "inventory-update-sub", "status": "OPEN"}
    messages = await console.all_failed(GROUP, **query)
    await console.stack.clear_faults()
    in_order = sorted(messages, key=lambda message: message["publishTime"])
    await console.stack.faults(Fault(method="Commit", contains=f"{location}-SKU-06", times=1))

    await open_failures(page)
    group = page.get_by_role("listitem").filter(has_text="inventory-update-sub")
    await group.get_by_role("link", name="Firestore or Pub/Sub was unavailable").click()
    await page.get_by_role("link", name="Replay all 20").click()
    await page.get_by_label("Messages per second, at most").fill("50")
    await page.get_by_label("Type the number of messages, 20, to confirm").fill("19")
    await page.get_by_role("button", name="Replay 20 messages").click()
    await expect(page.get_by_role("alert")).to_contain_text("20 messages are open, 19 were confirmed")
    await expect(page.get_by_label("Messages per second, at most")).to_have_value("50")
    await page.get_by_label("Type the number of messages, 20, to confirm").fill("20")
    await page.get_by_role("button", name="Replay 20 messages").click()

    await expect(page.get_by_text("6 of 20 done")).to_be_visible()
    await expect(page.get_by_role("alert")).to_contain_text("failed; remaining messages untouched")
    await page.get_by_role("alert").get_by_role("link").click()
    await expect(page).to_have_url(f"{console.url}/messages/{in_order[6]['id']}")
    await expect(page.get_by_text("Still open: the last replay failed.")).to_be_visible()
    assert len(await console.all_failed(GROUP - 6, **query)) == GROUP - 6


async def test_a_selection_is_discarded_after_its_count_was_typed(page: Page, console: Console) -> None:
    """Only the selected messages are closed, with the reason."""
    orders = [new_id("QC-SELECT") for _ in range(3)]
    for order_id in orders:
        await console.publish("order-update", {"orderId": order_id}, {"eventType": "SUBSTITUTION_REQUEST"})
    messages = [await console.failed(order_id) for order_id in orders]
    await open_failures(page)
    group = page.get_by_role("listitem").filter(has_text="substitution-events-sub")
    await group.filter(has_text="contract.invalid").get_by_role("link").first.click()
    for message in messages[:2]:
        await page.get_by_label(f"Select message {message['id'][:8]}").check()
    await page.get_by_role("button", name="Discard selected").click()
    await page.get_by_label("Why are they not needed?").fill("Sent twice")
    await page.get_by_label("Type the number of messages, 2, to confirm").fill("2")
    await page.get_by_role("button", name="Discard 2 messages").click()
    await expect(page.get_by_text("All done.")).to_be_visible()
    statuses = [(await console.get(f"/api/failed/{message['id']}"))["status"] for message in messages]
    assert statuses == ["DISCARDED", "DISCARDED", "OPEN"]


async def test_a_page_shows_that_another_person_resumed_the_operation(page: Page, console: Console) -> None:
    """Two people look at a paused operation: what one does, the other sees, to the end."""
    orders = [new_id("QC-PAUSED") for _ in range(3)]
    for order_id in orders:
        await console.publish("order-update", {"orderId": order_id}, {"eventType": "SUBSTITUTION_REQUEST"})
    cases = [(await console.failed(order_id))["id"] for order_id in orders]
    run = await console.post("/api/runs", action="discard", cases=cases, confirmed=3, reason="Test", rate=1)
    await console.post(f"/api/runs/{run['id']}/pause-run")
    await page.clock.install()
    await page.goto(f"/runs/{run['id']}")
    await expect(page.get_by_text("Paused by local.")).to_be_visible()

    await console.post(f"/api/runs/{run['id']}/resume-run")
    await page.clock.fast_forward(POLL_MS)

    await expect(page.get_by_role("heading", name="Discarded 3 messages")).to_be_visible()
    await expect(page.get_by_text("3 of 3 done.")).to_be_visible()


async def _events(console: Console, order_id: str) -> list[str]:
    """Return what happened to an order, without its failed messages."""
    timeline = (await console.get(f"/api/orders/{order_id}"))["timeline"]
    return [entry["event"] for entry in timeline if entry["case"] is None]


def _count(location: str, number: int) -> dict[str, object]:
    sku = f"{location}-SKU-{number:02}"
    at = "2024-01-10T09:00:00Z"
    return {"updateId": f"COUNT-{sku}", "locationId": location, "sku": sku, "onHand": 5, "updatedAt": at}
