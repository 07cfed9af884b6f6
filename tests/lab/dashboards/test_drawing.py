"""The pictures show the measured values at the grid's places."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from tests.lab.dashboards import look
from tests.lab.dashboards.catalogue import OVERVIEW, dashboards
from tests.lab.dashboards.chart import name_of
from tests.lab.dashboards.picture import DOTS_PER_INCH, Picture
from tests.lab.dashboards.prometheus import Line, Prometheus
from tests.lab.dashboards.recording import Recording
from tests.lab.dashboards.subscriptions import (
    ACKNOWLEDGED,
    FAILED,
    LATE,
    REFUSED,
    UNREACHABLE,
    Refusals,
    take_snapshots,
)
from tests.lab.stack import topology
from tests.lab.stack.relay import Relay, push
from tests.lab.stack.relay.message import Message, Received

ALL = dashboards(topology.load())
Pixels = npt.NDArray[np.int_]
"""Rows of pixels of red, green and blue, from 0 to 255."""

TITLE_INCHES = 0.5

COLOUR_TOLERANCE = 24
"""Allowed difference of a colour, because the palette has only similar ones."""


def tile_of(picture: Path, title: str) -> Pixels:
    """Cut a tile, without its title, out of a picture with the name of its dashboard."""
    tiles = ALL[picture.stem]["mosaicLayout"]["tiles"]
    (tile,) = (each for each in tiles if each["widget"]["title"] == title)
    left, top = look.COLUMN * tile.get("xPos", 0), look.HEAD + look.ROW * tile.get("yPos", 0)
    right, bottom = left + look.COLUMN * tile["width"], top + look.ROW * tile["height"]
    with Image.open(picture) as image:
        cut = image.convert("RGB").crop(
            (
                DOTS_PER_INCH * left,
                DOTS_PER_INCH * (top + TITLE_INCHES),
                DOTS_PER_INCH * right,
                DOTS_PER_INCH * bottom,
            )
        )
        return np.asarray(cut, dtype=int)


def dots(tile: Pixels, colour: str) -> int:
    """Count the pixels of about a colour."""
    distance = np.abs(tile - 255 * np.array(to_rgb(colour))).max(axis=2)
    return int((distance < COLOUR_TOLERANCE).sum())


@pytest.fixture(scope="module")
def overview(server: Prometheus, recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the overview's picture."""
    path = tmp_path_factory.mktemp("pictures") / "overview.png"
    Picture(recording, server).draw(ALL[OVERVIEW], OVERVIEW, path)
    return path


def test_a_measured_tile_has_its_line_and_its_threshold(overview: Path) -> None:
    """An exported metric is a line in the first colour, and its alert a line in its own."""
    tile = tile_of(overview, "Errors by subscription (1/s)")

    assert dots(tile, look.LINES[0]) > 100
    assert dots(tile, look.ALERT) > 100


def test_an_unmeasured_tile_is_empty(overview: Path) -> None:
    """A metric that only Google measures has no line."""
    tile = tile_of(overview, "Instances by function (instances)")

    assert [dots(tile, colour) for colour in (*look.LINES, look.ALERT)] == [0] * (len(look.LINES) + 1)
    assert dots(tile, look.FAINT) > 100


def test_a_function_is_drawn_with_its_log(server: Prometheus, recording: Recording, tmp_path: Path) -> None:
    """The log panel is as wide as the grid and has only its function's lines."""
    picture, title = Picture(recording, server), "Log of failing messages (lines)"
    for name in ("ship", "short"):
        picture.draw(ALL[name], name, tmp_path / f"{name}.png")
    panel, quiet = tile_of(tmp_path / "ship.png", title), tile_of(tmp_path / "short.png", title)

    assert panel.shape[1] == round(DOTS_PER_INCH * look.COLUMN * 48)
    assert dots(panel, look.INK) > 100
    assert dots(quiet, look.INK) == 0
    assert dots(quiet, look.FAINT) > 100


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        ({}, "all"),
        ({"result": "processed"}, "processed"),
        ({"topic": "ship-events", "subscription": "ship-events-direct-sub"}, "ship-events-direct-sub"),
        ({"original_topic": "order-create", "error_type": "bug"}, "bug · order-create"),
    ],
)
def test_a_line_is_named_by_its_labels(labels: dict[str, str], name: str) -> None:
    """The name has all labels, except the topic of a subscription."""
    assert name_of(Line(labels, (), ())) == name


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (1000.0, "1,000"), (0.05, "0.05"), (14.4, "14.4"), (60000.0, "60,000")]
)
def test_numbers_are_written_for_people(value: float, text: str) -> None:
    """Thousands are grouped, and no number has an exponent."""
    assert look.number(value) == text


def test_snapshots_count_waiting_messages_and_refused_pushes() -> None:
    """The oldest waiting message counts, and each refused push by its response class."""
    relay = Relay(
        project="p",
        pubsub_host="127.0.0.1:1",
        topology=topology.load(),
        urls={"ship": ["http://127.0.0.1:1"]},
    )
    backlog = relay._relays["ship-events-sub"]._backlog
    for minute in (7, 5, 6):
        published = datetime(2026, 1, 10, 10, minute, tzinfo=UTC)
        backlog.admit(Received(f"ack-{minute}", Message(b"", {}, f"id-{minute}", published)))
    refusals = Refusals()
    for answer in (422, 503, 500, "TimeoutError", "ClientOSError"):
        record = push.log.makeRecord(
            "", 20, "", 0, "%s: attempt %d: %s", ("ship-events-sub", 1, answer), None
        )
        refusals.emit(record)

    snapshots = take_snapshots(relay, refusals.counted)

    assert snapshots.keys() == topology.load().subscriptions_of("ship").keys()
    assert snapshots["ship-events-sub"].waiting == 3
    assert snapshots["ship-events-sub"].oldest == datetime(2026, 1, 10, 10, 5, tzinfo=UTC)
    assert snapshots["ship-events-sub"].pushes == {
        ACKNOWLEDGED: 0,
        REFUSED: 1,
        FAILED: 2,
        LATE: 1,
        UNREACHABLE: 1,
    }
    assert snapshots["ship-events-direct-sub"].oldest is None
