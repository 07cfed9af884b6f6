"""Pages keep to themselves: no action without the console's own form, no action by an address alone."""

import aiohttp
import pytest
from playwright.async_api import Page, expect

from tests.browser.console import Console

pytestmark = [pytest.mark.emulator, pytest.mark.asyncio(loop_scope="session")]


async def test_a_form_of_another_site_is_refused(page: Page, console: Console) -> None:
    """Even with a token of this console, a form does nothing unless one of its pages sends it."""
    failed, token = await _open_message(page, console)
    origins: list[dict[str, str]] = [{}, {"Origin": "https://elsewhere.example"}, {"Origin": "null"}]
    for origin in origins:
        assert await _post(console, f"/messages/{failed}/discard", origin, token=token, reason="x") == 403
    assert (await console.get(f"/api/failed/{failed}"))["status"] == "OPEN"


async def test_a_form_without_a_valid_token_is_refused(page: Page, console: Console) -> None:
    """A form that this console did not serve does nothing, wherever it says it comes from."""
    failed, token = await _open_message(page, console)
    own = {"Origin": console.url}
    for made_up in ("", "made-up", "AAAA", token[:-8] + "AAAAAAAA"):
        assert await _post(console, f"/messages/{failed}/discard", own, token=made_up, reason="x") == 403
    assert (await console.get(f"/api/failed/{failed}"))["status"] == "OPEN"


async def test_no_address_acts(page: Page, console: Console) -> None:
    """Following a link to an action is refused: a link in a mail cannot replay."""
    failed, _ = await _open_message(page, console)
    for action in ("replay", "discard", "reopen", "edits"):
        answer = await page.goto(f"/messages/{failed}/{action}")
        assert answer is not None
        assert answer.status == 405
    for address in ("unmask", "editor", "unmask?grant=made-up", "editor?grant=AAAA"):
        await page.goto(f"/messages/{failed}/{address}")
        await expect(page).to_have_url(f"{console.url}/messages/{failed}")
    history = (await console.get(f"/api/failed/{failed}"))["history"]
    assert [entry["action"] for entry in history] == ["failed"]


async def test_pages_allow_only_what_is_theirs(page: Page, console: Console) -> None:
    """Scripts and styles come from the console alone, no page may be framed, guessed at or kept."""
    answer = await page.goto("/")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


async def _open_message(page: Page, console: Console) -> tuple[str, str]:
    """Return the id of an open message, and the token of its page's forms."""
    failed = await console.broken_order("QC-FORM")
    await page.goto(f"/messages/{failed['id']}")
    return failed["id"], await page.locator("input[name=token]").first.input_value()


async def _post(console: Console, path: str, headers: dict[str, str], **fields: str) -> int:
    url = console.url + path
    async with aiohttp.ClientSession() as session, session.post(url, headers=headers, data=fields) as answer:
        return answer.status
