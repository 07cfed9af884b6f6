"""The whole demo story on the whole stack: nothing personal is readable in what it leaves behind."""

import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from google.cloud import firestore

from shared.bootstrap.adapters import connect
from shared.domain.order import Order
from shared.settings import Settings
from tests.emulator.failed_messages import crawl
from tests.emulator.privacy.canaries import documents, found, metric_texts
from tests.emulator.privacy.leak_story import CanaryStory, Heard
from tests.emulator.privacy.noisy_process.sitecustomize import CRASH
from tests.lab.stack.demo import player as playing
from tests.lab.stack.demo.player import Player, Result
from tests.lab.stack.demo.story import ORDERS
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.paths import ROOT
from tests.lab.stack.stack import Stack

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]

TALKATIVE = ROOT / "tests" / "emulator" / "privacy" / "noisy_process"


@pytest.fixture
async def heard() -> Heard:
    """Return who listens to the functions."""
    return Heard()


@pytest.fixture
async def stack(
    emulators: Emulators, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stack]:
    """Yield a stack whose functions log at every level, fall over one order, and die once at another."""
    monkeypatch.setattr(playing, "PATIENCE", 60.0)
    monkeypatch.setenv("PYTHONPATH", str(TALKATIVE))
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")
    monkeypatch.setenv("LEAK_CRASHED", str(tmp_path / "crashed"))
    given = {"PUBSUB_EMULATOR_HOST": emulators.pubsub, "FIRESTORE_EMULATOR_HOST": emulators.firestore}
    project = f"leak-{uuid.uuid4().hex[:12]}"
    async with Stack(heard, project=project, time_scale=0.05, environ={**os.environ, **given}) as stack:
        yield stack
    assert (tmp_path / "crashed").exists()


def ended(result: Result) -> bool:
    """Say whether a message came to its end; a busy machine may have taken more deliveries for it."""
    kept = result.failed["failureReason"] if result.failed else None
    return (result.outcomes[-1:], kept) == (result.step.outcomes[-1:], result.step.failure)


async def play(stack: Stack, heard: Heard, story: CanaryStory) -> list[Result]:
    """Publish the story, and look that it left what it should, sealed: the search is not for nothing."""
    os.environ.update(stack.environment, SUBSCRIPTIONS="{}")
    adapters = connect(Settings.read(os.environ))
    player = Player(stack, heard, adapters.store, firestore.AsyncClient(project=stack.project))
    results = [result for scene in story.scenes() for result in await player.play(scene)]
    orders = [await player.order(each) for each in (*ORDERS, CRASH)]
    assert {each.customer_id for each in orders if isinstance(each, Order)} <= set(story.customers.values())
    assert None not in orders
    return results


async def test_the_story_leaves_nothing_personal_to_be_read(stack: Stack, heard: Heard) -> None:
    """Documents, logs of every level, metrics, charts, pages and API hold no canary in any disguise."""
    story = CanaryStory()

    results = await play(stack, heard, story)

    assert [result.step.title for result in results if not ended(result)] == []
    console = stack.processes["console"].url
    async with httpx2.AsyncClient(base_url=console, timeout=60) as http:
        first = (await http.get("/api/groups")).json()["items"][0]["group"]["id"]
        wish = {"action": "replay", "group": first, "confirmed": 1}
        assert (await http.post("/api/runs", json=wish)).status_code == 201
        shown = await crawl.pages(http, ["/", *(f"/orders?id={each}" for each in ORDERS)])
        told = await crawl.readings(http, ORDERS)
        charts = (await http.get(stack.metrics.url)).content
    places = {
        "documents": await documents(stack.emulators.firestore, stack.project),
        "logs": [line.encode() for line in heard.lines],
        "metrics": [*metric_texts(stack.metrics.points), charts],
        "pages": list(shown.values()),
        "answers": list(told.values()),
    }

    assert {name: len(texts) > 15 for name, texts in places.items()} == dict.fromkeys(places, True)
    assert any("DEBUG" in line for line in heard.lines)
    assert any('"reason":"RuntimeError"' in line for line in heard.lines)
    leaks = [
        (name, each, text[:300])
        for name, texts in places.items()
        for text in texts
        for each in found(story.all, text)
    ]
    assert leaks == []
