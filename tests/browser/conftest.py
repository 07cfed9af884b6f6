"""A browser for the session, and a page of its own for each test."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import chromium
from tests.browser.console import Console
from tests.lab.stack.client import StackClient
from tests.tools import CHROMIUM

PATIENCE = 15_000
"""Milliseconds that a page may take to show what is expected."""


@pytest.fixture(scope="session", autouse=True)
def has_chromium() -> None:
    """Skip the tests without a browser; under CI=true fail them."""
    CHROMIUM.require()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(has_chromium: None) -> AsyncIterator[Browser]:
    """Yield the session's browser."""
    expect.set_options(timeout=PATIENCE)
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, console: Console) -> AsyncIterator[Page]:
    """Yield an empty page with addresses relative to the console; fail where a script failed on it."""
    async with await browser.new_context(base_url=console.url) as context:
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        failures: list[str] = []
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on(
            "console", lambda said: failures.append(said.text) if "Content Security" in said.text else None
        )
        yield page
        assert not failures


@pytest.fixture
def console(stack: StackClient) -> Console:
    """Return the console of the running stack."""
    return Console(stack)
