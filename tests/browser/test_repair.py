"""The way of the person on call: find a failure, understand it, repair it."""

import json

import pytest
from playwright.async_api import Page, expect

from tests import messages
from tests.browser.console import Console, new_id, open_failures

pytestmark = [pytest.mark.emulator, pytest.mark.asyncio(loop_scope="session")]


async def test_a_bad_order_is_edited_and_replayed_and_exists(page: Page, console: Console) -> None:
    """A bad order is found in its group, edited, checked by a dry run, replayed; then the order exists."""
    order_id = new_id("QC-REPAIR")
    good = messages.order(order_id)
    await console.publish("order-create", good | {"payment": {"method": "CC", "amount": 1.0}})
    failed = await console.failed(order_id)

    await open_failures(page)
    group = page.get_by_role("listitem").filter(has_text="order.totals_mismatch")
    await group.get_by_role("link", name="Order total doesn't add up").click()
    row = page.get_by_role("row").filter(has_text=order_id)
    await row.get_by_role("link", name=failed["id"][:8]).click()
    await expect(page.get_by_text("A replay would fail.")).to_be_visible()

    await page.get_by_role("button", name="Edit and replay").click()
    await page.get_by_label("Payload as JSON").fill(json.dumps(good, indent=2))
    await page.get_by_role("button", name="Check edit").click()
    await expect(page.get_by_text("A replay would succeed.")).to_be_visible()
    await page.get_by_role("button", name="Save edit").click()
    edit = page.get_by_role("region", name="Edited by local")
    await expect(edit.get_by_text("A replay would succeed.")).to_be_visible()
    await expect(edit.locator("del").filter(has_text='"amount": 1.0')).to_be_visible()

    await edit.get_by_role("button", name="Replay edit").click()
    await expect(page.get_by_text("Resolved: replayed successfully.")).to_be_visible()
    await page.get_by_role("link", name=order_id).click()
    await expect(page.get_by_role("heading", name=f"Order {order_id}")).to_be_visible()
    await expect(page.get_by_text("order.created")).to_be_visible()
    await expect(page.get_by_role("link", name="Order total doesn't add up")).to_be_visible()


async def test_an_edit_that_breaks_the_contract_is_not_kept(page: Page, console: Console) -> None:
    """The editor says which field is wrong, and keeps what was typed but not the edit."""
    failed = await console.broken_order("QC-EDIT")
    await page.goto(f"/messages/{failed['id']}")
    await page.get_by_role("button", name="Edit and replay").click()
    await page.get_by_label("Payload as JSON").fill('{"orderId": 5}')
    await page.get_by_role("button", name="Save edit").click()
    await expect(page.get_by_role("alert")).to_contain_text("orderId: Input should be a valid string")
    await expect(page.get_by_label("Payload as JSON")).to_have_value('{"orderId": 5}')
    assert await console.get(f"/api/failed/{failed['id']}/edits") == []


async def test_personal_data_is_masked_until_a_person_asks_and_that_is_recorded(
    page: Page, console: Console
) -> None:
    """The page does not contain the customer's id; the history records each person who asks to see it."""
    order_id, customer = new_id("QC-MASK"), new_id("CUST")
    await console.publish("order-create", {"orderId": order_id, "customerId": customer})
    failed = await console.failed(order_id)
    await page.goto(f"/messages/{failed['id']}")
    await expect(page.get_by_label("Payload, personal data masked")).to_contain_text(order_id)
    assert customer not in await page.content()
    await page.get_by_role("button", name="Show personal data").click()
    await expect(page.get_by_label("Payload with personal data")).to_contain_text(customer)
    history = page.get_by_role("region", name="History")
    await expect(history.get_by_text("Personal data shown")).to_be_visible()


async def test_a_payload_is_shown_as_text(page: Page, console: Console) -> None:
    """Markup in an order id, an attribute and a payload is text on every page, and runs nowhere."""
    order_id = f'{new_id("QC")}"><img src=x onerror=window.hit=1><script>window.hit=1</script>'
    attributes = {"source": "<script>window.hit=1</script>", "correlationId": "'\"><svg onload=window.hit=1>"}
    await console.publish(
        "order-create", {"orderId": order_id, "note": "</pre><script>1</script>"}, attributes
    )
    failed = await console.failed(order_id)
    groups = [each["group"] for each in (await console.get("/api/groups"))["items"]]
    shared = (failed["subscription"], failed["cause"]["reason"])
    group = next(each["id"] for each in groups if (each["subscription"], each["reason"]) == shared)
    addresses = [
        f"/messages/{failed['id']}",
        "/messages?status=OPEN",
        f"/orders?id={order_id}",
        f"/groups/{group}",
    ]
    for address in addresses:
        await page.goto(address)
        await expect(page.get_by_text("onerror=window.hit=1").first).to_be_visible()
        assert await page.locator("script:not([src]), img, svg[onload]").count() == 0
        assert await page.evaluate("window.hit") is None


async def test_no_repair_of_fields_is_offered_for_what_has_no_fields(page: Page, console: Console) -> None:
    """Truncated JSON is replayed, edited or discarded; its group says why it is not repaired."""
    sent = {"source": "QC-SMF", "version": new_id("1.0")}
    await console.publish("order-create", b'{"orderId": "QC-', sent)
    await console.all_failed(1, **sent)
    await open_failures(page)
    await page.get_by_role("link", name="Invalid message format: data").first.click()
    await expect(page.get_by_text("What was sent has no fields to repair")).to_be_visible()
    await expect(page.get_by_role("link", name="Discard")).to_be_visible()
    await expect(page.get_by_role("link", name="Repair")).to_have_count(0)
    await expect(page.get_by_role("button", name="Repair selected")).to_have_count(0)
    await page.goto(page.url.replace("/groups/", "/repairs/new?group="))
    await expect(page.get_by_text("What was sent has no fields to repair")).to_be_visible()
    await expect(page.get_by_role("button", name="Check repair")).to_have_count(0)
