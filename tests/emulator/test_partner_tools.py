"""`make publish` and `make tail` on the running stack."""

import asyncio
import json
import shlex
from pathlib import Path

import aiohttp
import pytest

from tests.examples import example
from tests.lab.contracts import publish, tail
from tests.lab.stack.client import StackClient
from tests.lab.stack.polling import until

pytestmark = pytest.mark.emulator


@pytest.fixture
def env_file(stack: StackClient, tmp_path: Path) -> Path:
    """Write the variables of the running stack."""
    path = tmp_path / "env"
    path.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in stack.env.items()))
    return path


async def test_a_published_file_becomes_an_event_on_the_terminal(
    stack: StackClient, env_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A payload alone gets the contract's attributes and ordering key; the event follows with its content."""
    order = tmp_path / "order.json"
    order.write_text(json.dumps({**example("order_create").data, "orderId": "QC-TOOLS-1"}))
    tailing = asyncio.create_task(
        asyncio.to_thread(tail.main, ["--env-file", str(env_file), "--events", "2"])
    )
    await until(lambda: _has_subscription(stack))

    assert publish.main([str(order), "order-create", "--env-file", str(env_file)]) == 0
    assert await tailing == 0

    printed = capsys.readouterr().out
    assert "to order-create, ordering key CUST-123456" in printed
    assert '"source": "QC-SMF", "version": "1.0"' in printed
    (created,) = (line for line in printed.splitlines() if "order.created {" in line)
    assert '"orderId": "QC-TOOLS-1"' in created
    assert not await _has_subscription(stack)


def test_without_a_stack_the_tools_say_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing env file means that no stack is running."""
    missing = ["--env-file", str(tmp_path / "none")]

    assert (publish.main(["order.json", "order-create", *missing]), tail.main(missing)) == (2, 2)
    assert capsys.readouterr().err == "no stack is running; start one with: make up\n" * 2


async def _has_subscription(stack: StackClient) -> bool:
    url = f"http://{stack.emulators.pubsub}/v1/projects/{stack.project}/topics/order-events/subscriptions"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        names = (await answer.json()).get("subscriptions", [])
    return any("/tail-" in name for name in names)
