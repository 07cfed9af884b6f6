"""A dashboard as a picture: every widget where the grid puts it, evaluated as it is deployed."""

import math
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from tests.lab.dashboards import chart, look
from tests.lab.dashboards.catalogue import data_sets
from tests.lab.dashboards.palette import save
from tests.lab.dashboards.prometheus import Prometheus
from tests.lab.dashboards.recording import Recording
from tests.lab.dashboards.tile import Tile, tile
from tests.terraform.promql import selectors

DOTS = 100
"""To the inch."""

STEPS = 150
ROWS = 14
"""Lines of a log panel."""

MARGIN_OF_CHART = (0.65, 1.12, 0.25, 0.8)
SOURCES = (
    "Every tile evaluates its own query of terraform/dashboards. Metrics of deliveries, handler time and dead"
    " letters are what the functions exported; those of subscriptions, which are Pub/Sub's in production, are"
    " the counts of the relay that stands in for Pub/Sub here. Tiles of what only Google measures are empty."
    " A rate over 5 min, 10 min or 1 h has less to look back on at the beginning."
)
LETTERS = 190
"""Of a line of the foot."""


class Picture:
    """Draw dashboards from one recording and a server that has its samples."""

    def __init__(self, recording: Recording, server: Prometheus) -> None:
        self._recording = recording
        self._server = server
        self._recorded = server.names()

    def draw(self, dashboard: Mapping[str, Any], function: str, path: Path) -> None:
        """Write a dashboard as PNG, the log of a function in its panel."""
        tiles = dashboard["mosaicLayout"]["tiles"]
        rows = max(each.get("yPos", 0) + each["height"] for each in tiles)
        width = look.COLUMN * dashboard["mosaicLayout"]["columns"]
        height = look.ROW * rows + look.HEAD + look.FOOT
        figure = Figure(figsize=(width, height), dpi=DOTS, facecolor=look.PAGE)
        self._frame(figure, dashboard["displayName"])
        for each in tiles:
            self._widget(tile(figure, each), each["widget"], function)
        save(figure, path)

    def lines(self, widget: Mapping[str, Any]) -> list[chart.Named]:
        """Return a chart's lines over the whole recording; those without a single number are left out."""
        start, end = self._recording.start, self._recording.end
        return [
            chart.Named(name or chart.name_of(line), line)
            for query, name in data_sets(widget)
            for line in self._server.evaluate(query, start, end, (end - start) / STEPS)
            if not all(math.isnan(value) for value in line.values)
        ]

    def unmeasured(self, widget: Mapping[str, Any]) -> set[str]:
        """Return the metrics that a chart reads if none of them was recorded."""
        read = {name for query, _ in data_sets(widget) for name, _ in selectors(query)}
        return set() if read & self._recorded else read

    def _frame(self, figure: Figure, title: str) -> None:
        width, height = figure.get_size_inches()
        about = f"one run of the local stack: {self._recording.about}; times count from its beginning"
        for text, size, colour, at in (
            (title, look.HEADING, look.INK, height - 0.45),
            (about, look.TEXT, look.FAINT, height - 0.77),
            (textwrap.fill(SOURCES, LETTERS), look.TEXT, look.FAINT, 0.2),
        ):
            figure.text(look.GAP / width, at / height, text, fontsize=size, color=colour, linespacing=1.4)

    def _widget(self, place: Tile, widget: dict[str, Any], function: str) -> None:
        place.card(widget["title"])
        if "logsPanel" in widget:
            place.log([*self._log(function)][-ROWS:])
        elif missing := self.unmeasured(widget):
            place.absent(missing)
        else:
            span = self._recording.start, self._recording.end
            box = place.within(MARGIN_OF_CHART)
            chart.draw(place.figure, box, self.lines(widget), widget["xyChart"], span)

    def _log(self, function: str) -> Iterator[str]:
        """Yield a function's lines, one row each."""
        for at, name, entry in self._recording.lines:
            if name == function:
                told = {**entry}
                head = f"{at - self._recording.start:6.1f} s  {told.pop('severity'):8}  {told.pop('message')}"
                yield f"{head}  {' '.join(f'{field}={value}' for field, value in told.items())}"
