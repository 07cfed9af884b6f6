"""`up` starts the stack, writes its addresses, and carries messages."""

import base64
import uuid
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.lab.stack.client import StackClient
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.fault_plan import Fault, Kind
from tests.lab.stack.polling import until
from tests.lab.stack.up_process import UpProcess

pytestmark = pytest.mark.emulator

PROJECT = f"up-{uuid.uuid4().hex[:16]}"


@pytest.fixture(scope="module")
def up(environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[UpProcess]:
    """Yield a stack of one function on the run's emulators while it starts."""
    options = ("--project", PROJECT, "--only", "dlq", "--time-scale", "0.02")
    process = UpProcess(tmp_path_factory.mktemp("up"), environ, *options)
    yield process
    process.stop()


@pytest.fixture
def running(up: UpProcess) -> StackClient:
    """Return a client of that stack; the tests that share it publish to different topics."""
    return up.wait_ready()


async def publish(stack: StackClient, topic: str) -> None:
    """Publish a message as the screen of `up` shows it."""
    message = {"data": base64.b64encode(b'{"orderId": "QC-1"}').decode()}
    url = f"http://{stack.emulators.pubsub}/v1/projects/{stack.project}/topics/{topic}:publish"
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        await session.post(url, json={"messages": [message]})


async def until_counted(stack: StackClient, subscription: str, **expected: int) -> None:
    """Wait until the relay's counts of the subscription are at least these."""

    async def counted() -> bool:
        counts = (await stack.counts())[subscription]
        return all(getattr(counts, name) >= number for name, number in expected.items())

    await until(counted)


def test_the_env_file_has_every_address(running: StackClient, emulators: Emulators) -> None:
    """The env file has the emulators, the project, the keyset, the control and each function's URL."""
    assert running.emulators == emulators
    assert running.project == PROJECT
    assert Path(running.env["KEYSET_FILE"]).is_file()
    assert running.env.keys() >= {"STACK_CONTROL_URL", "DLQ_URL"}


async def test_a_published_message_reaches_its_function(running: StackClient) -> None:
    """A message from any client is delivered to the function and acknowledged."""
    await publish(running, "order-create-dlq")

    await until_counted(running, "order-create-dlq-sub", acknowledged=1)


async def test_faults_are_set_and_counted_while_it_runs(running: StackClient) -> None:
    """A fault refuses the function's first commit; the message is redelivered, and both calls are counted."""
    await running.faults(Fault(method="Commit", kind=Kind.BEFORE, times=1))

    await publish(running, "order-update-dlq")

    await until_counted(running, "order-update-dlq-sub", acknowledged=1)
    assert await running.faults_met() == [1]
    assert (await running.calls())["Commit"] >= 2
    await running.clear_faults()
    assert await running.faults_met() == []


async def test_duplicates_are_delivered_on_demand(running: StackClient) -> None:
    """A message is delivered twice on demand."""
    await running.duplicate("order-cancel-dlq-sub", next_messages=1)

    await publish(running, "order-cancel-dlq")

    await until_counted(running, "order-cancel-dlq-sub", delivered=2)


async def test_the_control_refuses_an_unknown_subscription(running: StackClient) -> None:
    """The error names the unknown subscription."""
    with pytest.raises(ValueError, match="no-such-sub"):
        await running.duplicate("no-such-sub", next_messages=1)


def test_a_second_stack_on_the_same_env_file_is_refused(up: UpProcess, environ: dict[str, str]) -> None:
    """A second stack does not take over the env file of a running one."""
    up.wait_ready()

    second = UpProcess(up.env_file.parent, environ, "--only", "dlq")

    assert second.wait() == 1
    assert "already runs" in second.output()
    assert up.env_file.exists()
