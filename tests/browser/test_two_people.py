"""Two people at the console at once, each at an address of their own on the local stack."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests import messages
from tests.browser.conftest import PATIENCE
from tests.browser.console import Console, new_id
from tests.lab.stack.paths import ROOT

pytestmark = [pytest.mark.emulator, pytest.mark.asyncio(loop_scope="session")]

AUTHORIZATION = ROOT / "tests/fixtures/payment_authorized.json"
UNCHANGED = "Your action changed nothing."


@dataclass(frozen=True)
class People:
    """The pages of two people."""

    ann: Page
    bob: Page


@pytest_asyncio.fixture(loop_scope="session")
async def people(browser: Browser, console: Console) -> AsyncIterator[People]:
    """Yield an empty page for each person."""
    async with AsyncExitStack() as stack:
        pages = []
        for name in ("ann", "bob"):
            address = f"http://{name}.localhost:{urlsplit(console.url).port}"
            context = await stack.enter_async_context(await browser.new_context(base_url=address))
            context.set_default_timeout(PATIENCE)
            pages.append(await context.new_page())
        yield People(*pages)


async def test_an_edit_of_money_is_replayed_by_the_other_person(people: People, console: Console) -> None:
    """Who saved the edit has no button to replay it, and the request is refused; the other person has one."""
    authorization = await _failed_authorization(console)
    address = f"/messages/{authorization['id']}"
    await people.ann.goto(address)
    await people.ann.get_by_role("button", name="Edit and replay").click()
    await expect(people.ann.get_by_text("another person must replay it")).to_be_visible()
    await expect(people.ann.get_by_role("button", name="Save and replay")).to_have_count(0)
    area = people.ann.get_by_label("Payload as JSON")
    await area.fill((await area.input_value()).replace('"USD"', '"THB"'))
    await people.ann.get_by_role("button", name="Save edit").click()
    await expect(people.ann.get_by_text("another person must replay it")).to_be_visible()
    await expect(people.ann.get_by_role("button", name="Replay edit")).to_have_count(0)
    await _replay_edit_anyway(people.ann, address)
    await expect(people.ann.get_by_role("alert")).to_contain_text("another person must replay it")

    await people.bob.goto(address)
    await people.bob.get_by_role("button", name="Replay edit").click()

    await expect(people.bob.get_by_text("Resolved: replayed successfully.")).to_be_visible()
    history = (await console.get(f"/api/failed/{authorization['id']}"))["history"]
    assert [(each["action"], each["by"]) for each in history[1:]] == [
        ("unmasked", "ann"),
        ("edited", "ann"),
        ("replaying", "bob"),
        ("resolved", "bob"),
    ]


async def test_a_replay_that_comes_too_late_has_one_calm_answer(people: People, console: Console) -> None:
    """The other person resolved the message meanwhile: the page says so once, and nothing is red."""
    failed = await console.broken_order("QC-LATE")
    await people.ann.goto(f"/messages/{failed['id']}")
    await people.bob.goto(f"/messages/{failed['id']}")
    await people.bob.get_by_role("button", name="Edit and replay").click()
    await people.bob.get_by_label("Payload as JSON").fill(json.dumps(messages.order(failed["orderId"])))
    await people.bob.get_by_role("button", name="Save and replay").click()
    await expect(people.bob.get_by_text("Resolved: replayed successfully.")).to_be_visible()

    await people.ann.get_by_role("button", name="Replay now").click()

    notice = people.ann.locator("main .notice")
    await expect(notice).to_have_count(1)
    await expect(notice).to_have_text(f"Resolved: replayed successfully (by bob). {UNCHANGED}")
    await expect(people.ann.get_by_role("alert")).to_have_count(0)


async def test_a_reopening_that_comes_too_late_has_one_calm_answer(people: People, console: Console) -> None:
    """Both undo the same decision: the second one reads that the message is open."""
    failed = await console.broken_order("QC-LATE")
    await console.post(f"/api/failed/{failed['id']}/discard", reason="Sent twice")
    for page in (people.ann, people.bob):
        await page.goto(f"/messages/{failed['id']}")
    for page in (people.ann, people.bob):
        await page.get_by_text("Reopen", exact=True).click()
        await page.get_by_label("Why is it needed after all?").fill("It was the only one")
        await page.get_by_role("button", name="Reopen message").click()

    await expect(people.bob.locator("main .notice").first).to_have_text(
        f"This message is open already. {UNCHANGED}"
    )
    await expect(people.bob.get_by_role("alert")).to_have_count(0)


async def test_what_ends_an_operation_that_has_ended_is_no_error(people: People, console: Console) -> None:
    """One person cancels it while the other one's page still has the buttons: that page shows the end."""
    failed = await console.broken_order("QC-LATE")
    run = await console.post(
        "/api/runs", action="discard", cases=[failed["id"]], confirmed=1, reason="Sent twice"
    )
    await console.post(f"/api/runs/{run['id']}/pause-run")
    await people.ann.goto(f"/runs/{run['id']}")
    await people.bob.goto(f"/runs/{run['id']}")
    await people.ann.route("**/runs/*", lambda route: route.abort())  # no news reaches the page
    await people.bob.get_by_role("button", name="Cancel remaining").click()
    await expect(people.bob.get_by_text("Cancelled by bob.")).to_be_visible()
    await people.ann.unroute("**/runs/*")

    await people.ann.get_by_role("button", name="Resume").click()

    await expect(people.ann.get_by_text("Cancelled by bob.")).to_be_visible()
    await expect(people.ann.get_by_role("alert")).to_have_count(0)


async def _failed_authorization(console: Console) -> dict[str, str]:
    """Have the authorisation of an order fail by its currency; return its failed message."""
    order_id = new_id("QC-MONEY")
    await console.publish("order-create", messages.order(order_id))
    payment = json.loads(AUTHORIZATION.read_bytes())["data"] | {
        "orderId": order_id,
        "paymentId": new_id("PAY"),
        "authorizationId": new_id("AUTH"),
        "currency": "USD",
    }
    await console.publish("payment-authorized", payment, {"eventType": "PAYMENT_AUTHORIZED"})
    return await console.failed(order_id)


async def _replay_edit_anyway(page: Page, address: str) -> None:
    """Send the form that the page does not offer."""
    edit = (await page.locator("section[aria-labelledby^=edit-]").get_attribute("aria-labelledby")) or ""
    await page.evaluate(
        """([address, edit]) => {
          const form = document.querySelector(`form[action="${address}/replay"]`);
          form.insertAdjacentHTML("beforeend", `<input type="hidden" name="edit" value="${edit}">`);
          form.submit();
        }""",
        [address, edit.removeprefix("edit-")],
    )
