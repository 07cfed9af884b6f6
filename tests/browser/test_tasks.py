"""The tasks of the person on call on the scene of many failures, each with at most so many clicks."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.conftest import PATIENCE
from tests.browser.console import Console, skip_counts
from tests.browser.keyboard import Keyboard
from tests.browser.operator import Operator
from tests.lab.scene.messages import EARLY, FAILURES, INCOMPLETE, ORDERS_PER_CUSTOMER, WRONG_TOTALS, Scene
from tests.lab.scene.play import bring_late_orders
from tests.lab.stack.polling import until

pytestmark = [
    pytest.mark.emulator,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(300),  # the first test waits for the whole scene
]

ORDERS, PARCELS = "order-create-sub", "ship-events-sub"


@pytest_asyncio.fixture(loop_scope="session")
async def operator(browser: Browser, played: tuple[Console, Scene]) -> AsyncIterator[Operator]:
    """Yield a person with an empty page of the console of the scene. Nothing replays parcels meanwhile."""
    console, scene = played
    await console.post(f"/api/automatic-replay/{PARCELS}/pause")
    async with await browser.new_context(base_url=console.url) as context:
        context.set_default_timeout(PATIENCE)
        yield Operator(await context.new_page(), console, scene)


async def test_the_first_page_says_what_is_broken_how_bad_and_whether_it_gets_worse(
    operator: Operator,
) -> None:
    """Without a click: the number of failures and groups, each group with its producer, and the direction."""
    await operator.open_overview()

    heading = operator.page.get_by_role("heading", level=1)
    await expect(heading).to_contain_text(f"{FAILURES} open, 6 groups, +{FAILURES} in 15 minutes")
    await expect(operator.page.get_by_role("list", name="Better or worse").first).to_contain_text("worse")
    wrong = operator.group("Order total doesn't add up: totals.total")
    await expect(wrong).to_contain_text(f"{WRONG_TOTALS + 1} open")
    await expect(wrong).to_contain_text("QC-SMF 1.4.0")
    await wrong.scroll_into_view_if_needed()
    await expect(wrong).to_contain_text(f"{WRONG_TOTALS + 1} orders")
    assert operator.clicks == 0


async def test_an_order_and_a_customer_are_found_by_one_search(operator: Operator) -> None:
    """One click each; the search for the customer is recorded, and its address does not name the customer."""
    page = operator.page
    await operator.open_overview()
    await page.get_by_role("searchbox").fill(operator.scene.good_order_id(3))
    await operator.click(page.get_by_role("button", name="Search"))
    await expect(page.get_by_role("heading", level=1)).to_contain_text(operator.scene.good_order_id(3))
    assert operator.clicks == 1

    await page.get_by_role("searchbox").fill("CUST-100008")
    await operator.click(page.get_by_role("button", name="Search"))
    await expect(page.get_by_text("This search is logged.")).to_be_visible()
    await expect(page.get_by_role("link", name=operator.scene.good_order_id(9))).to_be_visible()
    assert "CUST" not in page.url
    assert operator.clicks == 2
    searches = (await operator.console.get("/api/customer-searches"))["items"]
    assert [(each["by"], each["orders"]) for each in searches] == [("local", ORDERS_PER_CUSTOMER)]


async def test_one_order_is_repaired_and_processed(operator: Operator) -> None:
    """Five clicks at most, by the repair that is offered for the reason."""
    page = operator.page
    await operator.open_group("Order total doesn't add up")
    await operator.click(page.get_by_role("checkbox").first)
    await operator.click(page.get_by_role("button", name="Repair selected"))
    await expect(page.get_by_text("1 of 1 would pass")).to_be_visible()
    await operator.confirm("Type the number of messages, 1,", 1, "Repair and replay 1 message")
    await expect(page.get_by_text("1 of 1 done")).to_be_visible()
    assert operator.clicks <= 5


async def test_all_orders_of_a_group_are_repaired_and_processed(operator: Operator) -> None:
    """Eight clicks at most for forty orders, one of them of 2 MB."""
    page = operator.page
    await operator.open_group("Order total doesn't add up")
    await operator.click(page.get_by_role("link", name="Repair all"))
    await expect(page.get_by_text(f"{WRONG_TOTALS} of {WRONG_TOTALS} would pass")).to_be_visible(
        timeout=60_000
    )
    number = WRONG_TOTALS
    await operator.confirm(f"Type the number of messages, {number},", number, f"Repair and replay {number}")
    await expect(page.get_by_text(f"{number} of {number} done")).to_be_visible(timeout=60_000)
    assert operator.clicks <= 8
    left = await operator.console.get("/api/failed", status="OPEN", source="QC-SMF", version="1.4.0")
    assert left["items"] == []


async def test_early_parcels_are_replayed_after_their_orders_came(operator: Operator) -> None:
    """Three clicks at most where automatic replay is paused."""
    page, number = operator.page, EARLY
    await bring_late_orders(operator.console.stack, operator.scene)
    await operator.open_group("Arrived too early")
    await operator.click(page.get_by_role("link", name=f"Replay all {number}"))
    await page.get_by_label("Messages per second, at most").fill("50")
    await operator.confirm(f"Type the number of messages, {number},", number, f"Replay {number} messages")
    await expect(page.get_by_text(f"{number} of {number} done")).to_be_visible(timeout=60_000)
    assert operator.clicks <= 3


async def test_a_group_is_discarded_with_a_reason(operator: Operator) -> None:
    """Four clicks at most."""
    page, number = operator.page, INCOMPLETE
    await operator.open_group("QC-SMF 1.2.9")
    await operator.click(page.get_by_role("link", name=f"Discard all {number}"))
    await page.get_by_label("Why are they not needed?").fill("Sent by a test of the shops")
    await operator.confirm(f"Type the number of messages, {number},", number, f"Discard {number} messages")
    await expect(page.get_by_text(f"{number} of {number} done")).to_be_visible(timeout=60_000)
    assert operator.clicks <= 4


async def test_facts_about_money_are_not_repaired_together(operator: Operator) -> None:
    """Their group offers no repair, which the console would refuse, and says how they are edited."""
    await operator.open_group("Currency differs")
    page = operator.page
    await expect(page.get_by_text("Facts about money are edited one message at a time")).to_be_visible()
    await expect(page.get_by_role("link", name="Discard all")).to_be_visible()
    await expect(page.get_by_text("Repair")).to_have_count(0)


async def test_a_closed_page_changes_nothing(operator: Operator) -> None:
    """The schedule finishes an operation that no browser watches; a page alone advances none."""
    console = operator.console
    (group,) = [
        each
        for each in (await console.get("/api/groups"))["items"]
        if each["group"]["reason"] == "claim.conflict"
    ]
    body = {"action": "replay", "group": group["group"]["id"], "confirmed": 5, "maxFailures": 5}
    run = await console.post("/api/runs", **body)

    async def has_ended() -> bool:
        run.update(await console.get(f"/api/runs/{run['id']}"))
        return bool(run["status"] != "RUNNING")

    await until(has_ended)
    assert (run["status"], run["failed"], len(run["failures"])) == ("DONE", 5, 5)


async def test_every_task_needs_only_the_keyboard(operator: Operator) -> None:
    """Tab, Space, Enter and typed text do all ten tasks, and the focus is seen at every stop."""
    await operator.fail_again("1.9.0", wrong_totals=3, incomplete=2, early=2)
    page, keys, scene = operator.page, Keyboard(operator.page), operator.scene
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await operator.open_overview()
    await keys.open(page.get_by_role("link", name="Skip to content"))
    wrong = operator.group("1.9.0").filter(has_text="Order total doesn't add up")
    await keys.open(wrong.get_by_role("button", name="Copy report"))
    await expect(wrong.get_by_role("status")).to_have_text("Copied.")

    await keys.open(wrong.get_by_role("link"), "Shift+Tab")
    await keys.reach(page.get_by_role("checkbox").first)
    await page.keyboard.press("Space")
    await keys.open(page.get_by_role("button", name="Repair selected"), "Shift+Tab")
    await _confirm(keys, 1)
    await skip_counts(page)  # the focus was seen beside all of them
    await operator.open_overview()
    await keys.open(wrong.get_by_role("link"))
    await keys.open(page.get_by_role("link", name="Repair all 2"))
    await _confirm(keys, 2)

    await operator.open_overview()
    await keys.open(operator.group("1.9.0").filter(has_text="Arrived too early").get_by_role("link"))
    await keys.open(page.get_by_role("link", name="Replay all 2"))
    await _confirm(keys, 2)

    await operator.open_overview()
    await keys.open(operator.group("1.9.0").filter(has_text="shipFromLocationId").get_by_role("link"))
    await keys.open(page.get_by_text("Hand over", exact=True))
    await keys.fill(page.get_by_label("Note for the next person"), "By keyboard")
    await keys.open(page.get_by_role("button", name="Save handover"))
    await expect(page.get_by_role("region", name="Who works on it")).to_contain_text("By keyboard")
    await keys.open(page.get_by_role("link", name="Discard all 2"))
    await keys.fill(page.get_by_label("Why are they not needed?"), "By keyboard")
    await _confirm(keys, 2)

    for term, found in (
        (scene.good_order_id(3), f"Order {scene.good_order_id(3)}"),
        (f"TH-SHIP-{scene.day}-003", "Failed messages with this ID"),
        ("CUST-100008", "Orders of the customer"),
    ):
        await keys.fill(page.get_by_role("searchbox"), term)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name=found)).to_be_visible()
    await keys.open(page.get_by_role("link", name="Audit log"))
    await expect(page.get_by_role("row").filter(has_text="By keyboard").first).to_be_visible()


async def _confirm(keys: Keyboard, number: int) -> None:
    """Type the number of messages and press Enter; wait until all are done."""
    await keys.fill(keys.page.get_by_label(f"Type the number of messages, {number},"), str(number))
    await keys.page.keyboard.press("Enter")
    await expect(keys.page.get_by_text(f"{number} of {number} done")).to_be_visible(timeout=60_000)
