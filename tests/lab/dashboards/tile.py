"""A tile without its chart: its place, its card, and its texts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from tests.lab.dashboards import look
from tests.lab.dashboards.chart import Box

CARD_MARGIN = (look.GAP,) * 4
TEXT_MARGIN = (0.22, 0.15, 0.2, 0.75)


@dataclass(frozen=True)
class Tile:
    """A rectangle in inches, from the lower left corner of a figure."""

    figure: Figure
    left: float
    bottom: float
    width: float
    height: float

    def within(self, margins: tuple[float, ...]) -> Box:
        """Return the box inside margins in inches (left, bottom, right, top), as shares of the figure."""
        left, bottom, right, top = margins
        across, up = self.figure.get_size_inches()
        return (
            (self.left + left) / across,
            (self.bottom + bottom) / up,
            (self.width - left - right) / across,
            (self.height - bottom - top) / up,
        )

    def draw_card(self, title: str) -> None:
        """Draw the card with its title; the unit in parentheses is below the title."""
        left, bottom, width, height = self.within(CARD_MARGIN)
        card = Rectangle((left, bottom), width, height, facecolor=look.CARD, edgecolor=look.GRID, zorder=-1)
        self.figure.add_artist(card)
        inside, _, _, _ = self.within(TEXT_MARGIN)
        name, _, unit = title.removesuffix(")").rpartition(" (")
        for text, down, size, colour in (
            (name, 0.26, look.TITLE, look.INK),
            (unit, 0.43, look.SMALL, look.FAINT),
        ):
            top = bottom + height - down / self.figure.get_figheight()
            self.figure.text(inside, top, text, fontsize=size, color=colour)

    def write_no_data(self, metrics: Iterable[str]) -> None:
        """Write that no metric of the tile is measured here."""
        left, bottom, width, height = self.within(CARD_MARGIN)
        text: dict[str, Any] = {"ha": "center", "color": look.FAINT}
        middle = left + width / 2
        self.figure.text(middle, bottom + 0.5 * height, "no local data", fontsize=look.HEADING, **text)
        names = "\n".join(sorted(metrics))
        self.figure.text(middle, bottom + 0.44 * height, names, fontsize=look.SMALL, va="top", **text)

    def write_log(self, rows: Iterable[str]) -> None:
        """Write log lines from the top."""
        left, bottom, _, height = self.within(TEXT_MARGIN)
        text: dict[str, Any] = {"family": "monospace", "linespacing": 1.5, "va": "top"}
        content, colour = "\n".join(rows), look.INK
        if not content:
            content, colour = "no line of this severity in this run", look.FAINT
        self.figure.text(left, bottom + height, content, fontsize=look.SMALL, color=colour, **text)


def tile(figure: Figure, place: Mapping[str, Any]) -> Tile:
    """Return the tile of a dashboard at its place in the grid, below the picture's head."""
    top = figure.get_figheight() - look.HEAD - look.ROW * place.get("yPos", 0)
    height = look.ROW * place["height"]
    return Tile(
        figure, look.COLUMN * place.get("xPos", 0), top - height, look.COLUMN * place["width"], height
    )
