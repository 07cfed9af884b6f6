"""The console does not answer for a while: pages keep what they show, say so, and go on afterwards."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect

from tests.browser.console import POLL_MS, Console, settled

pytestmark = [pytest.mark.emulator, pytest.mark.asyncio(loop_scope="session")]

OLD = "What you see here may be old"


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def clock(page: Page) -> None:
    """Let the tests move the page's clock on, instead of waiting for a poll."""
    await page.clock.install()


@pytest_asyncio.fixture(loop_scope="session")
async def paused(console: Console) -> AsyncIterator[str]:
    """Yield the address of a paused operation."""
    failed = await console.broken_order("QC-NO-ANSWER")
    run = await console.post("/api/runs", action="discard", cases=[failed["id"]], confirmed=1, reason="Test")
    await console.post(f"/api/runs/{run['id']}/pause-run")
    yield f"/runs/{run['id']}"
    await console.post(f"/api/runs/{run['id']}/cancel")


@pytest.mark.parametrize("status", [0, 503])
async def test_an_operation_stays_in_sight_and_goes_on(page: Page, paused: str, status: int) -> None:
    """Neither a lost connection nor an outage of Firestore ends the news of an operation."""
    await page.goto(paused)

    async def fail(route: Route) -> None:
        await (route.fulfill(status=status, body="<p>Unavailable</p>") if status else route.abort())

    await page.route("**/runs/*", fail)
    await page.clock.fast_forward(POLL_MS)
    await expect(page.get_by_role("alert")).to_contain_text(OLD)
    await expect(page.get_by_text("Paused by local.")).to_be_visible()
    await page.unroute("**/runs/*")
    await page.clock.fast_forward(POLL_MS)

    await expect(page.get_by_role("alert")).to_have_count(0)
    await expect(page.get_by_text("Paused by local.")).to_be_visible()


async def test_the_failures_come_back_where_nothing_has_changed(page: Page, paused: str) -> None:
    """The answer after a lost connection has no content, because the browser has the latest version."""
    await page.goto("/")
    await settled(page)
    groups = page.get_by_role("list", name="Failure groups").get_by_role("listitem")
    number = await groups.count()
    await page.route("**/open?*", lambda route: route.abort())
    await page.clock.fast_forward(POLL_MS)
    await expect(page.get_by_role("alert")).to_contain_text(OLD)
    assert await groups.count() == number
    await page.unroute("**/open?*")
    await page.clock.fast_forward(POLL_MS)

    await expect(page.get_by_role("alert")).to_have_count(0)
    await expect(groups.first).to_be_visible()  # other tests' messages may fail or be closed meanwhile


async def test_an_expired_sign_in_is_said_and_not_shown(page: Page, paused: str) -> None:
    """The proxy answers 401 with a page of its own, which does not become a part of this one."""
    await page.goto(paused)
    await page.route("**/runs/*", lambda route: route.fulfill(status=401, body="<h1>Sign in</h1>"))
    await page.clock.fast_forward(POLL_MS)

    await expect(page.get_by_role("alert")).to_contain_text("You are signed out. Reload the page")
    await expect(page.get_by_role("heading", name="Sign in")).to_have_count(0)
    await expect(page.get_by_text("Paused by local.")).to_be_visible()
