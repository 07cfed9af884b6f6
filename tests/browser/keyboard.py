"""A person without a mouse: moves the focus by Tab, and must see it at every stop."""

from dataclasses import dataclass

from playwright.async_api import Locator, Page

MAX_STOPS = 60
"""Stops of the focus on one page within which a task must be reached."""

SEEN = """() => {
  const element = document.activeElement;
  if (element === document.body) return true;
  const style = getComputedStyle(element), box = element.getClientRects()[0];
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return style.outlineStyle === "solid" && parseFloat(style.outlineWidth) > 0 && element.contains(top);
}"""
"""Whether the focused element has an outline, is in the window, and lies under nothing else."""


@dataclass(frozen=True)
class Keyboard:
    """Press keys on a page."""

    page: Page

    async def reach(self, target: Locator, key: str = "Tab") -> None:
        """Press Tab until the target has the focus; fail where a stop is not seen."""
        await target.wait_for()
        await self.page.wait_for_load_state()  # before its style sheet no one sees a page
        for _ in range(MAX_STOPS):
            if await target.evaluate("element => element === document.activeElement"):
                return
            await self.page.keyboard.press(key)
            focused = "document.activeElement.outerHTML"
            assert await self.page.evaluate(SEEN), await self.page.evaluate(focused)
        raise AssertionError(f"{target} is not reached by {key}")

    async def open(self, target: Locator, key: str = "Tab") -> None:
        """Move the focus to a link or button, and press Enter."""
        await self.reach(target, key)
        await self.page.keyboard.press("Enter")

    async def fill(self, field: Locator, text: str) -> None:
        """Move the focus to a field, and type."""
        await self.reach(field)
        await self.page.keyboard.type(text)
