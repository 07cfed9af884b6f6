"""The terminal's commands work on the whole stack: a message fails, is found, replayed, and discarded."""

import asyncio
import base64
import json
import os
import shlex
import sys
import uuid

import aiohttp
import pytest

from tests.emulator.failed_messages.console_backend import broken
from tests.lab.stack.client import StackClient
from tests.lab.stack.paths import ROOT
from tests.lab.stack.polling import until

pytestmark = pytest.mark.emulator


COMMAND = (sys.executable, str(ROOT / "functions" / "console" / "cli.py"))


async def failed(url: str, *words: str) -> tuple[int, str]:
    """Run `failed` with these words at a console; return its exit status and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *words,
        env={**os.environ, "CONSOLE_URL": url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def publish(stack: StackClient, data: object) -> None:
    """Publish an order."""
    message = {"data": base64.b64encode(json.dumps(data).encode()).decode(), "orderingKey": "CUST-123456"}
    url = f"http://{stack.emulators.pubsub}/v1/projects/{stack.project}/topics/order-create:publish"
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        await session.post(url, json={"messages": [message]})


async def test_a_failed_order_is_resolved_in_a_terminal(stack: StackClient) -> None:
    """A refused order fails again when replayed, is discarded, reopened, handed over; all of it is logged."""
    console = stack.url("console")
    order_id = f"QC-{uuid.uuid4().hex[:8]}"
    await publish(stack, broken(order_id))
    listing: list[str] = []

    async def listed() -> bool:
        listing[:] = (await failed(console, "list", "--order", order_id))[1].splitlines()
        return bool(listing)

    await until(listed, 60)
    message_id = listing[0].split()[0]
    status, shown = await failed(console, "show", message_id[:12])
    groups = json.loads((await failed(console, "groups", "--json"))[1])["items"]
    replayed = await failed(console, "replay", message_id)
    discarded = await failed(console, "discard", message_id, "--reason", "a test")
    again = await failed(console, "replay", message_id)
    reopened = await failed(console, "reopen", message_id, "--reason", "the only one")
    group_id = next(
        each["group"]["id"] for each in groups if each["group"]["reason"] == "order.totals_mismatch"
    )
    handed = await failed(console, "handover", group_id, "--note", "ask the shop", "--mute", "1")
    audit = await failed(console, "audit", "--target", message_id)

    assert "! OPEN" in listing[0]
    assert "order.totals_mismatch" in listing[0]
    assert status == 0
    assert "dry run: a replay would fail (rejected: order.totals_mismatch" in shown
    assert "order.totals_mismatch" in {each["group"]["reason"] for each in groups}
    assert "CUST-123456" not in shown
    assert (replayed[0], "OPEN" in replayed[1]) == (1, True)
    assert (discarded[0], "DISCARDED" in discarded[1]) == (0, True)
    assert again == (4, "failed: Already discarded\n")
    assert (reopened[0], "OPEN" in reopened[1]) == (0, True)
    assert handed[0] == 0
    assert "owner: local\nnote: ask the shop\nmuted until: 2" in handed[1]
    assert [line.split()[2] for line in audit[1].splitlines()][:2] == ["reopened", "discarded"]


async def test_a_console_that_does_not_answer_is_a_failure_in_one_line() -> None:
    """Without an answer the command says so and exits with a status of its own."""
    status, said = await failed("http://127.0.0.1:9", "list")

    assert status == 6
    assert said.startswith("failed: ")
    assert len(said.splitlines()) == 1


async def test_a_closed_pipe_ends_quietly() -> None:
    """`failed completion bash | true` prints no traceback, and the script is valid bash."""
    piped = f"set -o pipefail; {shlex.join(COMMAND)} completion bash"
    for reader, status in (("true", 0), ("bash -n", 0)):
        process = await asyncio.create_subprocess_shell(
            f"({piped} | {reader})", executable="/bin/bash", stderr=asyncio.subprocess.PIPE
        )
        _, complaints = await process.communicate()
        assert (process.returncode, complaints) == (status, b"")
