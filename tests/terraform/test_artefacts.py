"""Each archive works alone: a missing requirement would otherwise only fail in the cloud."""

import asyncio
import contextlib
import os
import re
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

from tests.lab.stack import topology
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.environment import FUNCTION_VARIABLES
from tests.lab.stack.functions import environments
from tests.lab.stack.keyset import ensure_keyset
from tests.terraform.artefacts import install, serving, unpack
from tests.terraform.hcl import FOLDER, blocks
from tests.terraform.programs import Programs
from tests.tools import GCLOUD

TOPOLOGY = topology.load()
FUNCTIONS = (*TOPOLOGY.functions, "console")
CANARY_SUBSCRIPTION = "order-events-canary-sub"
pytestmark = pytest.mark.emulator


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the programs of an environment with the functions' requirements and nothing else."""
    return install(tmp_path_factory.mktemp("requirements") / "venv")


@pytest.fixture
async def urls(
    programs: Path, emulators: Emulators, project: str, tmp_path: Path
) -> AsyncIterator[dict[str, str]]:
    """Yield the address of every function, each run from its archive."""
    keyset = ensure_keyset(tmp_path / "keyset.json")
    given = environments(TOPOLOGY, FUNCTIONS, project, emulators, keyset)
    given["console"]["FUNCTION_URLS"] = "{}"
    variables = {
        name: {variable: each[variable] for variable in FUNCTION_VARIABLES if variable in each}
        for name, each in given.items()
    }
    folders = [(name, unpack(name, tmp_path / name)) for name in FUNCTIONS]
    async with serving(folders, programs, variables) as addresses:
        yield addresses


def scheduled_request() -> tuple[str, dict[str, str], bytes]:
    """Return the path, headers and body of what Cloud Scheduler posts to the console."""
    (job,) = (each.body for each in blocks("resource") if each.name.startswith("google_cloud_scheduler_job."))
    (target,) = job["http_target"]
    (body,) = re.findall(r'base64encode\("(.*)"\)', target["body"])
    return (
        target["uri"].partition("}")[2].replace("${each.key}", "retry-deferred"),
        target["headers"],
        body.encode(),
    )


def provision(project: str, order_create: str) -> None:
    """Create the topics of order creation, the push to it, and what the canary listens to."""
    publisher, subscriber = PublisherClient(), SubscriberClient()
    for topic in ("order-create", "order-events", "reservation-events"):
        publisher.create_topic(name=publisher.topic_path(project, topic))
    with subscriber:
        subscriber.create_subscription(
            name=subscriber.subscription_path(project, "order-create-sub"),
            topic=publisher.topic_path(project, "order-create"),
            push_config={"push_endpoint": order_create},
        )
        subscriber.create_subscription(
            name=subscriber.subscription_path(project, CANARY_SUBSCRIPTION),
            topic=publisher.topic_path(project, "order-events"),
        )


def canary(project: str, emulators: Emulators, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the deployment's script against the emulator, by the real gcloud."""
    GCLOUD.require()
    environment = {
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB": f"http://{emulators.pubsub}/",
        "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "true",
    }
    return subprocess.run(
        [FOLDER / "canary.sh", project, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


async def test_every_archive_serves_and_one_takes_an_order(
    urls: dict[str, str], emulators: Emulators, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each archive starts with its requirements alone and refuses other requests; an order goes through.

    The console shows its page with its style, and takes the schedule's request.
    """
    async with aiohttp.ClientSession() as session:
        for name in TOPOLOGY.functions:
            async with session.post(urls[name], json={"hello": name}) as response:
                assert response.status == 400, name
        for path, kind in (("/", "text/html"), ("/static/console.css", "text/css")):
            async with session.get(urls["console"] + path) as response:
                assert (response.status, response.content_type) == (200, kind), path
        path, headers, body = scheduled_request()
        async with session.post(urls["console"] + path, data=body, headers=headers) as response:
            assert response.status == 200, await response.text()

    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", emulators.pubsub)
    await asyncio.to_thread(provision, project, urls["order_create"])
    done = await asyncio.to_thread(canary, project, emulators, "60", "3")
    assert done.returncode == 0, done.stderr
    assert "3 of 3 orders created" in done.stdout


@contextlib.contextmanager
def another_run(project: str) -> Iterator[None]:
    """Publish created orders of another run while the context lasts.

    A pull without messages would take 90 seconds: the emulator answers it late, Google after 20.
    """
    left = threading.Event()

    def publish() -> None:
        publisher = PublisherClient()
        event = {"eventType": "order.created", "correlationId": "canary-of-another-run-1"}
        while not left.wait(0.2):
            publisher.publish(f"projects/{project}/topics/order-events", b"{}", **event).result()

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield
    finally:
        left.set()
        thread.join()


def test_the_canary_fails_where_its_order_is_not_created(
    emulators: Emulators, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deployment that does not process the order is reported as failed, whatever other orders there are."""
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", emulators.pubsub)
    provision(project, "http://127.0.0.1:9")

    with another_run(project):
        done = canary(project, emulators, "1")
    assert done.returncode == 1
    assert "0 of 1 orders created within 1 s" in done.stderr


def test_the_canary_fails_where_nothing_answers(tmp_path: Path) -> None:
    """A deployment that publishes nothing is reported as failed."""
    programs = Programs(tmp_path, "gcloud")

    done = programs.run(FOLDER / "canary.sh", "any-project", "1")
    assert done.returncode == 1
    assert "0 of 1 orders created within 1 s" in done.stderr
    assert [call.split()[2] for call in programs.calls][:2] == ["topics", "subscriptions"]
