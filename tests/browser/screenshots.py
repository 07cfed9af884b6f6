"""Take the documents' pictures of the console after the demo's story: `make screenshots`."""

import argparse
import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from google.cloud import firestore
from PIL import Image
from playwright.async_api import Browser, Page

from shared.bootstrap.adapters import connect
from shared.settings import Settings
from tests.browser.chromium import chromium
from tests.lab.stack.demo.deliveries import Deliveries
from tests.lab.stack.demo.player import Player
from tests.lab.stack.demo.story import STORY, WHOLE
from tests.lab.stack.stack import Stack

FOLDER = Path(__file__).parent / "screenshots"
TIME_SCALE = 0.05
COLOURS = 64
"""Enough for pages of text, at a third of the size."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is taken; the width is in pixels of a page."""

    name: str
    width: int
    scheme: str


README = (Look("", 1280, "light"),)
ALL = tuple(
    Look(f"-{scheme}-{width}", width, scheme) for scheme in ("light", "dark") for width in (360, 1440)
)


async def play_story(stack: Stack, deliveries: Deliveries) -> None:
    """Publish the story's messages and wait until each has its outcome."""
    os.environ.update(stack.environment, SUBSCRIPTIONS="{}")
    store = connect(Settings.read(os.environ)).store
    player = Player(stack, deliveries, store, firestore.AsyncClient(project=stack.project))
    for scene in STORY:
        await player.play(scene)


async def photograph(browser: Browser, console: str, look: Look, folder: Path) -> None:
    """Take one picture of each of the pages that the README shows."""
    context = await browser.new_context(
        viewport={"width": look.width, "height": 800},
        color_scheme="dark" if look.scheme == "dark" else "light",
    )
    page = await context.new_page()
    await page.goto(console)
    await _take(page, folder / f"overview{look.name}.png")
    await page.get_by_role("link", name="Invalid message format").click()
    await page.locator("td[data-label=Message] a").first.click()
    await _take(page, folder / f"message{look.name}.png")
    await page.goto(f"{console}/orders?id={WHOLE}")
    await _take(page, folder / f"order{look.name}.png")
    await context.close()


async def _take(page: Page, path: Path) -> None:
    """Take the whole page, after scrolling to what is fetched only when it is seen."""
    await page.keyboard.press("End")
    await page.wait_for_load_state("networkidle")
    await page.keyboard.press("Home")
    picture = Image.open(BytesIO(await page.screenshot(full_page=True)))
    picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)


async def screenshots(looks: Sequence[Look], folder: Path) -> None:
    """Run a stack, play the story on it, take the pictures."""
    deliveries = Deliveries()
    async with Stack(deliveries, time_scale=TIME_SCALE) as stack, chromium() as browser:
        await play_story(stack, deliveries)
        for look in looks:
            await photograph(browser, stack.environment["CONSOLE_URL"], look, folder)


def main() -> None:
    """Take the pictures of the README, or in every look, for a person to compare."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--all", action="store_true", help="light and dark, narrow and wide")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(screenshots(ALL if options.all else README, options.folder))


if __name__ == "__main__":
    main()
