"""One message: what is wrong with it, its edits, its personal data, and few clicks to repair it."""

import json
import re

import pytest
from playwright.async_api import Page, expect

from tests import messages
from tests.browser.console import Clicks, Console, new_id, settled

pytestmark = [pytest.mark.emulator, pytest.mark.asyncio(loop_scope="session")]

LINES, SKU = 5_500, "SKU-{:0124}"
"""Lines of an order of a megabyte, which no document takes; with the longest SKUs, so that few are enough."""


async def test_an_order_is_repaired_with_five_clicks(page: Page, console: Console) -> None:
    """From the first page to the processed order: the group, the message, the editor, save and replay."""
    order_id = new_id("QC-FIVE")
    good = messages.order(order_id)
    await console.publish("order-create", good | {"payment": {"method": "CC", "amount": 1.0}})
    failed = await console.failed(order_id)
    clicks = Clicks()
    await page.goto(f"/messages/{failed['id']}")
    wrong = page.get_by_role("row").filter(has_text="differs")
    await expect(wrong).to_contain_text("payment.amount")
    await expect(wrong).to_contain_text("1333.98")

    await clicks.on(page.get_by_role("button", name="Edit and replay"))
    await page.get_by_label("Payload as JSON").fill(json.dumps(good, indent=2))
    await clicks.on(page.get_by_role("button", name="Save and replay"))
    await expect(page.get_by_text("Resolved: replayed successfully.")).to_be_visible()
    assert clicks.number + len(["group", "message"]) <= 5
    history = page.get_by_role("region", name="History")
    await expect(history.get_by_role("link", name="Edit").first).to_be_visible()


async def test_a_saved_edit_is_continued(page: Page, console: Console) -> None:
    """The editor opens with the last edit, and the original stays one button away."""
    order_id = new_id("QC-CONTINUE")
    order = messages.order(order_id)
    await console.publish("order-create", order | {"payment": {"method": "CC", "amount": 1.0}})
    failed = await console.failed(order_id)
    await page.goto(f"/messages/{failed['id']}")
    await page.get_by_role("button", name="Edit and replay").click()
    await page.get_by_label("Payload as JSON").fill(
        json.dumps(order | {"payment": {"method": "CC", "amount": 2.0}})
    )
    await page.get_by_role("button", name="Save edit").click()
    await page.get_by_role("button", name="Continue the last edit").click()
    await expect(page.get_by_label("Payload as JSON")).to_have_value(_containing('"amount": 2.0'))
    await page.reload()
    await expect(page.get_by_label("Payload as JSON")).to_have_value(_containing('"amount": 2.0'))
    opened = [each["action"] for each in (await console.get(f"/api/failed/{failed['id']}"))["history"]]
    assert opened == ["failed", "unmasked", "edited", "unmasked"]


async def test_personal_data_survives_a_reload(page: Page, console: Console) -> None:
    """A reload shows the data again without a second entry; another message's page does not."""
    orders = [new_id("QC-RELOAD") for _ in range(2)]
    customer = new_id("CUST")
    for order_id in orders:
        await console.publish("order-create", {"orderId": order_id, "customerId": customer})
    shown, other = [(await console.failed(order_id))["id"] for order_id in orders]
    await page.goto(f"/messages/{shown}")
    await page.get_by_role("button", name="Show personal data").click()
    await expect(page.get_by_label("Payload with personal data")).to_contain_text(customer)
    await page.reload()
    await expect(page.get_by_label("Payload with personal data")).to_contain_text(customer)
    history = (await console.get(f"/api/failed/{shown}"))["history"]
    assert [each["action"] for each in history] == ["failed", "unmasked"]
    await page.goto(page.url.replace(shown, other))
    await expect(page).to_have_url(f"{console.url}/messages/{other}")
    assert customer not in await page.content()


async def test_a_red_dry_run_demotes_the_button(page: Page, console: Console) -> None:
    """The page does not suggest a replay that would fail."""
    failed = await console.broken_order("QC-RED")
    await page.goto(f"/messages/{failed['id']}")
    await expect(page.get_by_text("A replay would fail.")).to_be_visible()
    colours = "element => getComputedStyle(element).backgroundColor"
    button = page.get_by_role("button", name="Replay now")
    discard = page.get_by_role("button", name="Edit and replay")
    assert await button.evaluate(colours) == await discard.evaluate(colours)


async def test_an_order_of_a_megabyte_is_edited(page: Page, console: Console) -> None:
    """The editor takes it whole, names the line of the fault, and leads to it."""
    order_id = new_id("QC-LARGE")
    lines = [messages.line(number, sku=SKU.format(number)) for number in range(1, LINES + 1)]
    order = messages.order_of(lines, order_id)
    lines[-1] = {**lines[-1], "quantity": -1}
    await console.publish("order-create", {**order, "lineItems": lines})
    failed = await console.failed(order_id)
    assert failed["payloadBytes"] > 1_000_000
    page.set_default_timeout(60_000)
    await page.goto(f"/messages/{failed['id']}")
    await page.get_by_role("button", name="Edit and replay").click()
    await page.get_by_role("link", name="line ").first.click()
    area = page.get_by_label("Payload as JSON")
    selected = "area => area.value.slice(area.selectionStart, area.selectionEnd)"
    assert await area.evaluate(selected) == '      "quantity": -1,'
    # Playwright types a text character by character, which takes minutes.
    await area.evaluate("""area => { area.value = area.value.replace('"quantity": -1', '"quantity": 1'); }""")
    await page.get_by_role("button", name="Save and replay").click()
    await expect(page.get_by_text("Resolved: replayed successfully.")).to_be_visible(timeout=60_000)


async def test_a_conflict_shows_both_versions(page: Page, console: Console) -> None:
    """The first version stands beside the second, with the fields that differ."""
    order_id = new_id("QC-TWO")
    await console.publish("order-create", messages.order(order_id))
    second = messages.order_of([messages.line(1, quantity=3, price=599.99)], order_id)
    await console.publish("order-create", second)
    failed = await console.failed(order_id)
    await page.goto(f"/messages/{failed['id']}")
    await settled(page)
    row = page.get_by_role("row").filter(has_text="lineItems[1].quantity")
    await expect(row).to_contain_text("2")
    await expect(row).to_contain_text("3")


async def test_a_discarded_message_is_reopened(page: Page, console: Console) -> None:
    """A wrong decision is undone, with a reason."""
    failed = await console.broken_order("QC-REOPEN")
    await console.post(f"/api/failed/{failed['id']}/discard", reason="sent twice")
    await page.goto(f"/messages/{failed['id']}")
    await page.get_by_text("Reopen", exact=True).click()
    await page.get_by_label("Why is it needed after all?").fill("it was the only one")
    await page.get_by_role("button", name="Reopen message").click()
    await expect(page.get_by_role("button", name="Replay now")).to_be_visible()


def _containing(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text))


async def test_an_edit_is_not_lost_where_another_person_closes_the_message(
    page: Page, console: Console
) -> None:
    """The editor says why it saved nothing, and keeps the typed text."""
    failed = await console.broken_order("QC-TWO")
    order_id = failed["orderId"]
    await page.goto(f"/messages/{failed['id']}")
    await page.get_by_role("button", name="Edit and replay").click()
    await page.get_by_label("Payload as JSON").fill(json.dumps(messages.order(order_id)))
    await console.post(f"/api/failed/{failed['id']}/discard", reason="Sent twice")

    await page.get_by_role("button", name="Save and replay").click()

    await expect(page.get_by_role("alert")).to_contain_text("Edit not saved.")
    await expect(page.get_by_role("alert")).to_contain_text("Already discarded")
    await expect(page.get_by_label("Payload as JSON")).to_have_value(json.dumps(messages.order(order_id)))
