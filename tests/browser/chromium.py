"""The machine's own Chromium: found, started, and kept to the pages of the stack."""

import contextlib
from collections.abc import AsyncIterator

from playwright.async_api import Browser, async_playwright

from tests.tools import CHROMIUM

ARGUMENTS = (
    "--no-sandbox",  # containers run as root, where its sandbox does not start
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Yield a browser without a window; close it on leaving."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM.find(), args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()
