"""Take the documents' pictures of the console on the scene of many failures: `make screenshots`."""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import chromium
from tests.browser.console import settled
from tests.lab.scene.messages import Scene
from tests.lab.scene.play import play
from tests.lab.stack.client import StackClient
from tests.lab.stack.up_process import UpProcess

FOLDER = Path(__file__).parent / "screenshots"
TIME_SCALE = "0.02"
COLOURS = 128
"""Enough for pages of text, at a third of the size."""

MARGIN = 16
"""Pixels below the last thing that a picture shows."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is taken; the width is in pixels of a page."""

    name: str
    width: int
    scheme: str


README = (Look("", 1280, "light"),)
ALL = tuple(
    Look(f"-{scheme}-{width}", width, scheme) for scheme in ("light", "dark") for width in (360, 768, 1440)
)


async def photograph(browser: Browser, stack: StackClient, scene: Scene, look: Look, folder: Path) -> None:
    """Take one picture of each of the pages that the documents show."""
    context = await browser.new_context(
        base_url=stack.url("console"),
        viewport={"width": look.width, "height": 800},
        color_scheme="dark" if look.scheme == "dark" else "light",
    )
    page = await context.new_page()
    await page.goto("/")
    await _take(page, "#open", folder / f"overview{look.name}.png")
    await page.get_by_role("link", name="Order total doesn't add up").click()
    await _take(page, "tbody tr:nth-child(4)", folder / f"group{look.name}.png")
    await page.get_by_role("row").nth(2).locator("td[data-label=Message] a").click()
    await _take(page, "main", folder / f"message{look.name}.png")
    await page.goto(f"/orders?id={scene.good_order_id(0)}")
    await _take(page, "main", folder / f"order{look.name}.png")
    await context.close()


async def _take(page: Page, last: str, path: Path) -> None:
    """Take a page to the end of an element, after scrolling to what is fetched only when it is seen."""
    for part in await page.locator("[hx-trigger=revealed]").all():
        await part.scroll_into_view_if_needed()
        await expect(part).not_to_be_empty()
    await page.keyboard.press("Home")
    await page.wait_for_load_state("networkidle")
    await settled(page)
    picture = Image.open(BytesIO(await page.screenshot(full_page=True)))
    bottom = await page.locator(last).evaluate("element => element.getBoundingClientRect().bottom + scrollY")
    shown = picture.crop((0, 0, picture.width, min(picture.height, int(bottom) + MARGIN)))
    shown.convert("RGB").quantize(COLOURS).save(path, optimize=True)


async def screenshots(looks: Sequence[Look], folder: Path) -> None:
    """Run a stack, play the scene on it, take the pictures."""
    scene = Scene(f"{datetime.now(UTC):%Y-%m-%d}")
    with tempfile.TemporaryDirectory() as files:
        up = UpProcess(Path(files), os.environ, "--quiet", "--time-scale", TIME_SCALE)
        try:
            stack = await asyncio.to_thread(up.wait_ready)
            await play(stack, scene)
            async with chromium() as browser:
                for look in looks:
                    await photograph(browser, stack, scene, look, folder)
        finally:
            await asyncio.to_thread(up.stop)


def main() -> None:
    """Take the pictures of the documents, or in every look, for a person to compare."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--all", action="store_true", help="light and dark, narrow and wide")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(screenshots(ALL if options.all else README, options.folder))


if __name__ == "__main__":
    main()
