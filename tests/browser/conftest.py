"""A browser for the session, and a page of its own for each test."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import chromium
from tests.browser.console import Console
from tests.lab.scene.messages import Scene
from tests.lab.scene.play import play
from tests.lab.stack.client import StackClient
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.up_process import UpProcess
from tests.shared_stack import stack
from tests.tools import CHROMIUM

__all__ = ["stack"]

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


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(
    emulators: Emulators, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Console, Scene]]:
    """Yield the console of a stack of its own, on which the scene was played."""
    options = ("--quiet", "--time-scale", "0.02", "--project", f"scene-{uuid.uuid4().hex[:16]}")
    up = UpProcess(tmp_path_factory.mktemp("scene"), os.environ | emulators.variables, *options)
    stack, scene = await asyncio.to_thread(up.wait_ready), Scene("2026-11-20")
    await play(stack, scene)
    yield Console(stack), scene
    await asyncio.to_thread(up.stop)


@pytest.fixture
def console(stack: StackClient) -> Console:
    """Return the console of the running stack."""
    return Console(stack)
