"""A dashboard as a picture: every widget at its place in the grid, with its deployed query."""

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

DOTS_PER_INCH = 100
STEPS = 150
MAX_LOG_ROWS = 14
CHART_MARGIN = (0.65, 1.12, 0.25, 0.8)
SOURCES = (
    "Every tile evaluates its own query of terraform/dashboards. The functions exported the metrics of"
    " deliveries, handler time and dead letters. The metrics of subscriptions are Pub/Sub's in production,"
    " and the relay's counts here. Tiles of metrics that only Google measures are empty. A rate over 5 min,"
    " 10 min or 1 h has fewer values at the beginning."
)
FOOT_ROW_CHARACTERS = 190


class Picture:
    """Draws dashboards from a recording, and a server with its samples."""

    def __init__(self, recording: Recording, server: Prometheus) -> None:
        self._recording = recording
        self._server = server
        self._recorded_names = server.names()

    def draw(self, dashboard: Mapping[str, Any], function: str, path: Path) -> None:
        """Write a dashboard as PNG, with a function's log in its log panel."""
        tiles = dashboard["mosaicLayout"]["tiles"]
        rows = max(each.get("yPos", 0) + each["height"] for each in tiles)
        width = look.COLUMN * dashboard["mosaicLayout"]["columns"]
        height = look.ROW * rows + look.HEAD + look.FOOT
        figure = Figure(figsize=(width, height), dpi=DOTS_PER_INCH, facecolor=look.PAGE)
        self._frame(figure, dashboard["displayName"])
        for each in tiles:
            self._widget(tile(figure, each), each["widget"], function)
        save(figure, path)

    def lines(self, widget: Mapping[str, Any]) -> list[chart.NamedLine]:
        """Return a chart's lines over the whole recording, without lines that have no value."""
        start, end = self._recording.start, self._recording.end
        return [
            chart.NamedLine(name or chart.name_of(line), line)
            for query, name in data_sets(widget)
            for line in self._server.evaluate(query, start, end, (end - start) / STEPS)
            if not all(math.isnan(value) for value in line.values)
        ]

    def unmeasured(self, widget: Mapping[str, Any]) -> set[str]:
        """Return the metrics of a chart, if none of them was recorded."""
        read = {name for query, _ in data_sets(widget) for name, _ in selectors(query)}
        return set() if read & self._recorded_names else read

    def _frame(self, figure: Figure, title: str) -> None:
        width, height = figure.get_size_inches()
        about = f"one run of the local stack: {self._recording.about}; times count from its start"
        for text, size, colour, at in (
            (title, look.HEADING, look.INK, height - 0.45),
            (about, look.TEXT, look.FAINT, height - 0.77),
            (textwrap.fill(SOURCES, FOOT_ROW_CHARACTERS), look.TEXT, look.FAINT, 0.2),
        ):
            figure.text(look.GAP / width, at / height, text, fontsize=size, color=colour, linespacing=1.4)

    def _widget(self, place: Tile, widget: dict[str, Any], function: str) -> None:
        place.draw_card(widget["title"])
        if "logsPanel" in widget:
            place.write_log([*self._log(function)][-MAX_LOG_ROWS:])
        elif missing := self.unmeasured(widget):
            place.write_no_data(missing)
        else:
            span = self._recording.start, self._recording.end
            box = place.within(CHART_MARGIN)
            chart.draw(place.figure, box, self.lines(widget), widget["xyChart"], span)

    def _log(self, function: str) -> Iterator[str]:
        """Yield a function's log lines as rows."""
        for at, name, entry in self._recording.lines:
            if name == function:
                fields = {**entry}
                seconds = at - self._recording.start
                head = f"{seconds:6.1f} s  {fields.pop('severity'):8}  {fields.pop('message')}"
                yield f"{head}  {' '.join(f'{field}={value}' for field, value in fields.items())}"
