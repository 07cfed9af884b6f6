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
    project = f"leak-{uuid.uuid4().hex[:12]}"
    async with Stack(
        output, project=project, time_scale=0.05, environ={**os.environ, **emulators.variables}
    ) as stack:
        yield stack
    assert (tmp_path / "crashed").exists()


def finished(result: Result) -> bool:
    """Return whether a message had its final outcome, and its order has its status.

    The number of deliveries does not count: a crash adds some, the nack budget removes some.
    """
    step = result.step
    had_outcome = step.outcomes[-1] in result.outcomes
    kept = result.failed["failureReason"] if result.failed else None
    status = step.order[1] if step.order else None
    return had_outcome and (kept, result.status) == (step.failure, status)


async def play(stack: Stack, output: RecordedOutput, story: CanaryStory) -> None:
    """Publish the story, and check that it stored encrypted orders, so the search has a subject.

    Stop at the first scene that does not end as expected: the later ones build on it.
    """
    os.environ.update(stack.environment, SUBSCRIPTIONS="{}")
    adapters = connect(Settings.read(os.environ))
    player = Player(stack, output, adapters.store, firestore.AsyncClient(project=stack.project), finished)
    for scene in story.scenes():
        results = await player.play(scene)
        assert [(each.step.title, each.outcomes) for each in results if not finished(each)] == []
    orders = [await player.order(each) for each in (*ORDERS, CRASH)]
    assert {each.customer_id for each in orders if isinstance(each, Order)} <= set(story.customers.values())
    assert None not in orders


async def test_the_story_leaves_no_readable_personal_data(stack: Stack, output: RecordedOutput) -> None:
    """Documents, logs of every level, metrics, charts, pages and API contain no canary in any encoding."""
    story = CanaryStory()

    await play(stack, output, story)

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
