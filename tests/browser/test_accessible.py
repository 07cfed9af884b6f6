"""Every page can be read by every person: contrast, names, landmarks; narrow and wide; by keyboard."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, Route, ViewportSize, expect

from tests.browser.console import Console, new_id, settled

pytestmark = [pytest.mark.emulator, pytest.mark.asyncio(loop_scope="session")]

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
RULES: dict[Literal["light", "dark"], list[str]] = {"light": STANDARDS, "dark": ["color-contrast"]}
"""Between light and dark only colours differ."""

WIDTHS = (1440, 768, 320)
"""Of a wide screen, a tablet, and a screen at 400 % (WCAG 1.4.10), which is narrower than telephones are."""

WINDOW: ViewportSize = {"width": 1280, "height": 720}
"""For axe."""

HEIGHT = "document.documentElement.scrollHeight"

Pages = dict[str, str]


@dataclass(frozen=True)
class Look:
    """The faults of a page: axe's report by colour scheme, and the windows that are too narrow for it."""

    violations: dict[str, str]
    too_wide: dict[int, int]


Looks = dict[str, Look]


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def failed() -> dict[str, Any]:
    """Hold the module's failed message, filled by the first test that needs it."""
    return {}


@pytest_asyncio.fixture(loop_scope="session")
async def addresses(failed: dict[str, Any], console: Console) -> Pages:
    """Return an address of each kind of page, with something to see on it."""
    if not failed:
        order_id = new_id("QC-LOOK")
        await console.publish("order-create", {"orderId": order_id, "customerId": "CUST-1"})
        found = await console.failed(order_id)
        run = await console.post("/api/runs", action="replay", cases=[found["id"]], confirmed=1)
        await console.post(f"/api/runs/{run['id']}/advance")
        # The schedule may have begun the replay: then it ends after this request.
        await console.all_failed(1, order=order_id, status="OPEN")
        groups = (await console.get("/api/groups"))["items"]
        failed |= found | {"run": run["id"], "group": groups[0]["group"]["id"]}
    message = failed["id"]
    return {
        "overview": "/",
        "group": f"/groups/{failed['group']}",
        "messages": "/messages",
        "message": f"/messages/{message}",
        "confirmation": f"/runs/new?action=replay&case={message}",
        "run": f"/runs/{failed['run']}",
        "runs": "/runs",
        "denied attempts": "/denied",
        "audit log": "/audit",
        "report": f"/groups/{failed['group']}/report",
        "contracts": "/contracts",
        "contract": "/contracts/incoming.order-create",
        "subscriptions": "/subscriptions",
        "comparison": f"/messages/{message}/comparison",
        "unknown page": "/no-such-page",
        "order": f"/orders?id={failed['orderId']}",
        "no order": "/orders?id=nowhere",
    }


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def looked_at() -> Looks:
    """Hold what was found on each kind of page, filled by the first test that needs it."""
    return {}


@pytest_asyncio.fixture(loop_scope="session")
async def looks(page: Page, addresses: Pages, looked_at: Looks) -> Looks:
    """Return what was found on each kind of page; each is opened once for all tests."""
    if not looked_at:
        for name, address in addresses.items():
            await page.goto(address)
            await settled(page)
            looked_at[name] = Look(await _violations_by_scheme(page), await _too_wide(page))
    return looked_at


@pytest.mark.parametrize("scheme", list(RULES))
async def test_pages_pass_axe(looks: Looks, scheme: str) -> None:
    """No page breaks a rule of WCAG 2.1 AA that axe can check, in light and in dark."""
    assert {name: look.violations[scheme] for name, look in looks.items() if look.violations[scheme]} == {}


async def test_the_editor_passes_axe(page: Page, addresses: Pages) -> None:
    """The editor, which only a form opens, breaks no rule either."""
    await page.goto(addresses["message"])
    await page.get_by_role("button", name="Edit and replay").click()
    await page.get_by_role("button", name="Check edit").click()
    await expect(page.get_by_text("A replay would fail.")).to_be_visible()
    assert await _violations(page, STANDARDS) == ""


async def test_no_page_scrolls_sideways(looks: Looks) -> None:
    """Every page fits a wide screen, a tablet, and a screen at 400 %."""
    assert {name: look.too_wide for name, look in looks.items() if look.too_wide} == {}


async def test_a_replay_needs_only_the_keyboard(page: Page, addresses: Pages, console: Console) -> None:
    """The first stop leads past the header, every stop is seen, and Enter presses the button."""
    await page.goto(addresses["message"])
    await settled(page)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    await page.keyboard.press("Enter")
    await _tab_to(page, page.get_by_role("button", name="Replay now").evaluate)
    assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    before = (await console.get(addresses["message"].replace("/messages", "/api/failed")))["replays"]
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Still open: the last replay failed.")).to_be_visible()
    after = (await console.get(addresses["message"].replace("/messages", "/api/failed")))["replays"]
    assert after == before + 1


@pytest.mark.parametrize(("place", "element"), [("group", "summary"), ("overview", "h2 a")])
async def test_what_arrives_later_does_not_move_the_focus(
    page: Page, addresses: Pages, place: str, element: str
) -> None:
    """Counts and trends arrive above the focus, which stays in sight: where it is in the window."""
    gate = asyncio.Event()

    async def hold(route: Route) -> None:
        await gate.wait()
        await route.continue_()

    await page.route("**/trend", hold)
    await page.goto(addresses[place])
    focused = page.locator(element).last
    await focused.focus()
    before, height = await focused.bounding_box(), await page.evaluate(HEIGHT)

    gate.set()
    await settled(page)

    after = await focused.bounding_box()
    assert before
    assert after
    assert await page.evaluate(HEIGHT) > height
    assert abs(after["y"] - before["y"]) < 1


async def _violations_by_scheme(page: Page) -> dict[str, str]:
    found: dict[str, str] = {}
    for scheme, rules in RULES.items():
        await page.emulate_media(color_scheme=scheme)
        found[scheme] = await _violations(page, rules)
    return found


async def _too_wide(page: Page) -> dict[int, int]:
    """Return the width that the page takes, by the width of the window where that is too much."""
    found: dict[int, int] = {}
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        found[width] = await page.evaluate("document.documentElement.scrollWidth")
    await page.set_viewport_size(WINDOW)
    return {width: taken for width, taken in found.items() if taken > width}


async def _violations(page: Page, rules: list[str]) -> str:
    results = await Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
    return results.generate_report() if results.violations_count else ""


async def _tab_to(page: Page, evaluate: Callable[[str], Awaitable[Any]]) -> None:
    """Press Tab until the element has the focus; fail where no number of stops leads there."""
    for _ in range(30):
        await page.keyboard.press("Tab")
        if await evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("the element is not reached by Tab")
