"""Whatever is pushed: memory and processor time stay in proportion to what was sent."""

import asyncio
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from unittest import mock
from urllib.parse import urlsplit

import aiohttp
import psutil
import pytest

from tests import messages
from tests.emulator.consumer.hostile import Row, answered_as, requests, rows
from tests.lab.bench import orders
from tests.lab.memory.peak import largest_lines
from tests.lab.stack.client import StackClient
from tests.sizes import sized

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]

MEBIBYTE = 1 << 20
DEPLOYED_BYTES = 512 * MEBIBYTE
"""The memory of the smallest instances (topology.yaml)."""

SPARE_BYTES = 64 * MEBIBYTE
"""What an instance may hold beyond its steady state, however short the body is."""
PER_BYTE = 24
"""Further bytes for each byte of the body: `{},` has three, and 72 once it is parsed."""

AT_ONCE = 40
BURST = sized(200, AT_ONCE)
"""Requests; `AT_ONCE` are under way at any time."""

SPARE_S = 1.0
SECONDS_PER_MEBIBYTE = 0.5
"""Processor time, likewise; of the process, so that others on the machine do not count."""


class Watched:
    """The processes of one function: the memory they hold, its peak, and their processor time."""

    def __init__(self, url: str) -> None:
        port = urlsplit(url).port
        self._processes = [each for each in psutil.process_iter() if port in _listening_ports(each)]
        assert self._processes

    def mark(self) -> None:
        """Reset the peak of the memory that the processes hold (proc(5), clear_refs)."""
        for each in self._processes:
            Path(f"/proc/{each.pid}/clear_refs").write_text("5", encoding="utf-8")
        self._held = list(self._said("VmRSS"))
        self._took = self._seconds()

    def grown(self) -> int:
        """Return the largest growth of any process since the mark, in bytes."""
        return max(peak - held for peak, held in zip(self._said("VmHWM"), self._held, strict=True))

    def highest(self) -> int:
        """Return the most memory that any process has held since the mark, in bytes."""
        return max(self._said("VmHWM"))

    def took(self) -> float:
        """Return the CPU time since the mark, in seconds."""
        return self._seconds() - self._took

    def _said(self, name: str) -> Iterator[int]:
        for each in self._processes:
            lines = Path(f"/proc/{each.pid}/status").read_text(encoding="utf-8").splitlines()
            (kilobytes,) = [line.split()[1] for line in lines if line.startswith(f"{name}:")]
            yield int(kilobytes) * 1024

    def _seconds(self) -> float:
        return sum(sum(each.cpu_times()[:2]) for each in self._processes)


def _listening_ports(process: psutil.Process) -> set[int]:
    """Return the ports of a process; master and workers have the same. Their command lines may be renamed."""
    try:
        found = process.net_connections("tcp")
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return set()
    return {each.laddr.port for each in found if each.status == psutil.CONN_LISTEN}


def pushes(project: str, function: str) -> dict[str, tuple[bytes, int]]:
    """Return a push of every hostile row, to a consumer or as a dead letter, and other requests."""
    with mock.patch("tests.messages.PROJECT", project):
        bodies = {name: _push(function, row) for name, row in rows().items()}
    return {**bodies, **requests(project)}


def _push(function: str, row: Row) -> tuple[bytes, int]:
    topic = "order-create" if function == "order_create" else "order-create-dlq"
    body = messages.push(
        row.data,
        subscription=f"{topic}-sub",
        attributes={**row.attributes, "correlationId": "memory"},
        ordering_key=row.ordering_key,
    )
    return body, 422 if function == "order_create" and row.reason else 204


@pytest.mark.parametrize("function", ["order_create", "dlq"])
async def test_a_hostile_body_costs_no_more_than_its_length(stack: StackClient, function: str) -> None:
    """Of every row the peak of memory, and processor time, stay within a bound that its length gives."""
    watched = Watched(stack.url(function))
    beyond: dict[str, tuple[int, float, int]] = {}
    async with aiohttp.ClientSession() as http:
        for name, (body, status) in pushes(stack.project, function).items():
            watched.mark()
            async with http.post(stack.url(function), data=io.BytesIO(body)) as answer:
                assert answered_as(answer, status), (name, answer.status)
            grown, took = watched.grown(), watched.took()
            if grown > SPARE_BYTES + PER_BYTE * len(body) or took > allowed_seconds(body):
                beyond[name] = (grown, took, len(body))
    assert beyond == {}


def allowed_seconds(body: bytes) -> float:
    """Say how much processor time a body may cost."""
    return SPARE_S + SECONDS_PER_MEBIBYTE * len(body) / MEBIBYTE


async def test_a_burst_of_the_largest_messages_fits_into_512_mib(stack: StackClient) -> None:
    """Of a burst of orders of 10 MB, an instance handles what fits, refuses the rest and goes on serving."""
    url, watched = stack.url("order_create"), Watched(stack.url("order_create"))
    (large,) = orders.take(1, largest_lines())
    with mock.patch("tests.messages.PROJECT", stack.project):
        body = messages.push(large)
        small = messages.push(messages.order("QC-2024-01-10-000777"))
    watched.mark()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as http:
        statuses = Counter(await asyncio.gather(*(_status(http, url, body) for _ in range(BURST))))
        assert watched.highest() < DEPLOYED_BYTES
        assert await _status(http, url, small) == 204

    assert statuses.keys() == {204, 429}
    assert statuses[204] >= 1


async def _status(http: aiohttp.ClientSession, url: str, body: bytes) -> int:
    """Return the answer to a body; a server that closes its connection early has refused it."""
    try:
        async with http.post(url, data=io.BytesIO(body)) as answer:
            return answer.status
    except aiohttp.ClientOSError:
        return 429
