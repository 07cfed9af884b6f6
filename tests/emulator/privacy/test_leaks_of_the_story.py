"""The demo's story on the whole stack leaves no readable personal data."""

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
from tests.emulator.privacy.canaries import documents, find_canaries, metric_texts
from tests.emulator.privacy.leak_story import CanaryStory, RecordedOutput
from tests.emulator.privacy.noisy_process.sitecustomize import CRASH
from tests.lab.stack.demo import player as playing
from tests.lab.stack.demo.player import Player, Result
from tests.lab.stack.demo.story import ORDERS
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.paths import ROOT
from tests.lab.stack.stack import Stack

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]

NOISY_PROCESS = ROOT / "tests" / "emulator" / "privacy" / "noisy_process"


@pytest.fixture
async def output() -> RecordedOutput:
    """Return the recorder of the functions' output."""
    return RecordedOutput()


@pytest.fixture
async def stack(
    emulators: Emulators, output: RecordedOutput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stack]:
    """Yield a stack with functions that log everything, hit a bug at one order and crash at another."""
    monkeypatch.setattr(playing, "TIMEOUT_S", 60.0)
    monkeypatch.setenv("PYTHONPATH", str(NOISY_PROCESS))
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")
    monkeypatch.setenv("LEAK_CRASHED", str(tmp_path / "crashed"))
    given = {"PUBSUB_EMULATOR_HOST": emulators.pubsub, "FIRESTORE_EMULATOR_HOST": emulators.firestore}
    project = f"leak-{uuid.uuid4().hex[:12]}"
    async with Stack(output, project=project, time_scale=0.05, environ={**os.environ, **given}) as stack:
        yield stack
    assert (tmp_path / "crashed").exists()


def finished(result: Result) -> bool:
    """Return whether a message has its final outcome; a busy machine may need more deliveries."""
    kept = result.failed["failureReason"] if result.failed else None
    return (result.outcomes[-1:], kept) == (result.step.outcomes[-1:], result.step.failure)


async def play(stack: Stack, output: RecordedOutput, story: CanaryStory) -> list[Result]:
    """Publish the story, and check that it stored encrypted orders, so the search has a subject."""
    os.environ.update(stack.environment, SUBSCRIPTIONS="{}")
    adapters = connect(Settings.read(os.environ))
    player = Player(stack, output, adapters.store, firestore.AsyncClient(project=stack.project))
    results = [result for scene in story.scenes() for result in await player.play(scene)]
    orders = [await player.order(each) for each in (*ORDERS, CRASH)]
    assert {each.customer_id for each in orders if isinstance(each, Order)} <= set(story.customers.values())
    assert None not in orders
    return results


async def test_the_story_leaves_no_readable_personal_data(stack: Stack, output: RecordedOutput) -> None:
    """Documents, logs of every level, metrics, charts, pages and API contain no canary in any encoding."""
    story = CanaryStory()

    results = await play(stack, output, story)

    assert [result.step.title for result in results if not finished(result)] == []
    console = stack.processes["console"].url
    async with httpx2.AsyncClient(base_url=console, timeout=60) as http:
        first = (await http.get("/api/groups")).json()["items"][0]["group"]["id"]
        request = {"action": "replay", "group": first, "confirmed": 1}
        assert (await http.post("/api/runs", json=request)).status_code == 201
        shown = await crawl.pages(http, ["/", *(f"/orders?id={each}" for each in ORDERS)])
        answers = await crawl.readings(http, ORDERS)
        charts = (await http.get(stack.metrics.url)).content
    places = {
        "documents": await documents(stack.emulators.firestore, stack.project),
        "logs": [line.encode() for line in output.lines],
        "metrics": [*metric_texts(stack.metrics.points), charts],
        "pages": list(shown.values()),
        "answers": list(answers.values()),
    }

    assert {name: len(texts) > 15 for name, texts in places.items()} == dict.fromkeys(places, True)
    assert any("DEBUG" in line for line in output.lines)
    assert any('"reason":"RuntimeError"' in line for line in output.lines)
    leaks = [
        (name, each, text[:300])
        for name, texts in places.items()
        for text in texts
        for each in find_canaries(story.all, text)
    ]
    assert leaks == []
