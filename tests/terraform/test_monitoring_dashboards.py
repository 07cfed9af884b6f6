"""Dashboards are what the API takes, and say what an operator needs to read them."""

import re
from itertools import combinations
from typing import Any

import pytest

from tests.terraform.monitoring_files import alerts, dashboards, queries, widgets

COLUMNS = 48
BOTH = pytest.mark.parametrize("name", ["overview", "function"])
COMPARISON = re.compile(r"^(?P<measured>.+?) (?P<sign>[<>]) (?P<value>[\d.]+)$", re.DOTALL)


def place(tile: dict[str, Any]) -> tuple[int, int, int, int]:
    """Return a tile's left, top, right and bottom."""
    left, top = tile.get("xPos", 0), tile.get("yPos", 0)
    return left, top, left + tile["width"], top + tile["height"]


def overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether two tiles share a place."""
    left, top, right, bottom = place(one)
    other_left, other_top, other_right, other_bottom = place(other)
    return left < other_right and other_left < right and top < other_bottom and other_top < bottom


def thresholds() -> dict[str, tuple[float, str]]:
    """Return the alerts' simple comparisons: what is measured, with value and direction."""
    found = {}
    for alert in alerts().values():
        if match := COMPARISON.match(alert["expr"]):
            measured = " ".join(match["measured"].split())
            found[measured] = (float(match["value"]), "ABOVE" if match["sign"] == ">" else "BELOW")
    return found


@BOTH
def test_tiles_lie_on_the_grid_and_apart(name: str) -> None:
    """Every tile is within the grid's columns, and no two share a place."""
    layout = dashboards()[name]["mosaicLayout"]

    assert layout["columns"] == COLUMNS
    assert all(tile["width"] > 0 and tile["height"] > 0 for tile in layout["tiles"])
    assert all(place(tile)[2] <= COLUMNS for tile in layout["tiles"])
    assert not [pair for pair in combinations(layout["tiles"], 2) if overlap(*pair)]


@BOTH
def test_titles_are_unique_and_say_their_unit(name: str) -> None:
    """Each widget has a title of its own, which ends with the unit in parentheses."""
    titles = [widget["title"] for widget in widgets(dashboards()[name])]

    assert len(set(titles)) == len(titles)
    assert [title for title in titles if not re.search(r" \([^()]+\)$", title)] == []


@BOTH
def test_a_widget_shows_one_thing(name: str) -> None:
    """A widget is a chart with queries, or a panel of log lines."""
    for widget in widgets(dashboards()[name]):
        assert len({*widget} & {"xyChart", "logsPanel"}) == 1
        assert "logsPanel" in widget or queries(widget)


def test_a_line_is_drawn_where_an_alert_is() -> None:
    """The overview draws the threshold of every alert on a value of its own."""
    drawn = {
        query: [(each["value"], each["direction"]) for each in widget["xyChart"].get("thresholds", [])]
        for widget in widgets(dashboards()["overview"])
        for query in queries(widget)
    }

    assert len(thresholds()) == 7
    for measured, threshold in thresholds().items():
        assert drawn[measured] == [threshold]


def test_the_target_of_requirements_12_is_drawn() -> None:
    """Both dashboards draw 100 ms where they show the handler's time."""
    for dashboard in dashboards().values():
        (chart,) = (each["xyChart"] for each in widgets(dashboard) if each["title"] == "Handler time (ms)")
        assert [each["value"] for each in chart["thresholds"]] == [100]
