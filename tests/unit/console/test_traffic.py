"""Charts of traffic, and where their numbers come from."""

import json

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.charts import HEIGHT, MAX_LINES, WIDTH, line_chart
from pages.traffic import Traffic, TrafficSource
from tests.lab.stack.metrics import Metrics

VALUES = st.lists(st.none() | st.floats(min_value=0, max_value=1e6), min_size=1, max_size=90)


def test_a_line_is_broken_where_nothing_was_measured() -> None:
    """Each piece holds what was measured without a gap; a lone point is a dot."""
    drawn = line_chart("t", "u", "", {"p50": [1.0, 2.0, None, 4.0]})
    assert drawn.lines[0].pieces == ("0.0,67.5 100.0,45.0", "300.0,0.0 300.0,0.0")
    assert (drawn.peak, drawn.lines[0].last) == (4.0, 4.0)


def test_only_what_is_ever_above_zero_is_drawn_the_highest_first() -> None:
    """A chart shows at most as many lines as can be distinguished."""
    series = {f"s{height}": [0.0, float(height)] for height in range(10)}
    drawn = line_chart("t", "u", "", series)
    assert [line.name for line in drawn.lines] == ["s9", "s8", "s7", "s6", "s5", "s4"]
    assert len(drawn.lines) == MAX_LINES


@given(st.dictionaries(st.text(max_size=3), VALUES, max_size=4))
def test_lines_stay_within_the_drawing(series: dict[str, list[float | None]]) -> None:
    """No point lies outside, whatever was measured."""
    points = [
        point.split(",")
        for line in line_chart("t", "u", "", series).lines
        for piece in line.pieces
        for point in piece.split()
    ]
    assert all(0 <= float(x) <= WIDTH and 0 <= float(y) <= HEIGHT for x, y in points)


def test_the_metrics_of_the_stack_are_read() -> None:
    """The console reads the very answer that the stack gives."""
    traffic = Traffic.model_validate_json(json.dumps(Metrics().charts(now=1767323040.0)))
    assert len(traffic.times) == 90


@pytest.mark.parametrize("answer", [b"", b"{}", b"<html>", b'{"times": "no"}'])
async def test_an_invalid_answer_is_no_traffic(answer: bytes) -> None:
    """A page is shown without charts where the metrics cannot be read."""
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, content=answer))
    async with httpx2.AsyncClient(transport=transport) as http:
        assert await TrafficSource(http, "http://metrics").read() is None


async def test_a_source_that_is_down_is_no_traffic() -> None:
    """A URL without an answer, or none at all: no charts, no error."""
    async with httpx2.AsyncClient() as http:
        assert await TrafficSource(http, "http://127.0.0.1:9/metrics").read() is None
        assert await TrafficSource(http, None).read() is None
