"""A person at the console of the scene of many failures."""

from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from playwright.async_api import Locator, Page

from tests.browser.console import Console, settled, skip_counts
from tests.lab.scene.messages import INCOMPLETE, WRONG_TOTALS, Scene
from tests.lab.scene.play import publish
from tests.lab.stack.polling import until


@dataclass
class Operator:
    """A person at the console: counts clicks."""

    page: Page
    console: Console
    scene: Scene
    clicks: int = 0

    async def click(self, target: Locator) -> None:
        """Click once."""
        await target.click()
        self.clicks += 1

    async def open_overview(self) -> None:
        """Follow the link of an alarm."""
        await self.page.goto("/")
        await settled(self.page)

    def group(self, text: str) -> Locator:
        """Return the failure group with a text."""
        return (
            self.page.get_by_role("list", name="Failure groups").get_by_role("listitem").filter(has_text=text)
        )

    async def open_group(self, text: str) -> None:
        """Open a failure group from the overview."""
        await skip_counts(self.page)
        await self.open_overview()
        await self.click(self.group(text).get_by_role("link"))

    async def confirm(self, label: str, number: int, button: str) -> None:
        """Type a number and press the button."""
        await self.page.get_by_label(label).fill(str(number))
        await self.click(self.page.get_by_role("button", name=button))

    async def fail_again(self, version: str, *, wrong_totals: int, incomplete: int, early: int) -> None:
        """Have messages of a new version fail as in the scene, and the orders of its parcels arrive."""
        scene, console = Scene(f"{self.scene.day}-{version}"), self.console
        failures = list(scene.failures())
        first_incomplete, first_early = WRONG_TOTALS + 1, WRONG_TOTALS + 1 + INCOMPLETE
        chosen = [
            *failures[:wrong_totals],
            *failures[first_incomplete : first_incomplete + incomplete],
            *failures[first_early : first_early + early],
        ]
        versioned = [replace(each, attributes={**each.attributes, "version": version}) for each in chosen]
        await publish(console.stack, versioned)
        await console.all_failed(len(chosen), version=version)
        await publish(console.stack, islice(scene.late_orders(), early))
        for number in range(early):
            await until(partial(console.get, f"/api/orders/{scene.early_order_id(number)}"))
