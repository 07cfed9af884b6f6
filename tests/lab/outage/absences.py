"""What a drill takes away under load, and how it comes back."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from http import HTTPStatus
from typing import Literal

import psutil

from tests.lab import cpu_time
from tests.lab.outage.key_service import KeyService
from tests.lab.stack.background import in_background
from tests.lab.stack.fault_plan import Fault
from tests.lab.stack.kms_fake import Refused
from tests.lab.stack.polling import until
from tests.lab.stack.stack import Stack

RPCS = ("Commit", "BatchGetDocuments", "BatchWrite", "RunQuery", "RunAggregationQuery")
"""All calls of the functions and the console to Firestore."""

FOREVER = 10**9
STARTED_AGAIN = ("payment", "dlq", "console")
"""Functions that must start while their keys or their disk are away; the others continue as they are."""

START_TIMEOUT_S = 120.0
"""Time within which every function that starts again calls Cloud KMS."""

LIMIT_INTERVAL_S = 0.02
"""Time within which a new process gets its limit: Python takes longer to load a function."""

Absence = Callable[[Stack, KeyService], AbstractAsyncContextManager[None]]


def take_firestore_away(
    stack: Stack, status: Literal["UNAVAILABLE", "RESOURCE_EXHAUSTED"] = "UNAVAILABLE"
) -> None:
    """Refuse every call to Firestore until the faults are cleared."""
    stack.faults.add(*(Fault(method=f"Firestore/{name}", times=FOREVER, status=status) for name in RPCS))


@asynccontextmanager
async def _firestore(stack: Stack, _: KeyService) -> AsyncIterator[None]:
    """Firestore does not answer."""
    take_firestore_away(stack)
    yield
    stack.faults.clear()


@asynccontextmanager
async def _quota(stack: Stack, _: KeyService) -> AsyncIterator[None]:
    """Firestore's quota is used up."""
    take_firestore_away(stack, "RESOURCE_EXHAUSTED")
    yield
    stack.faults.clear()


@asynccontextmanager
async def _publish(stack: Stack, _: KeyService) -> AsyncIterator[None]:
    """Pub/Sub takes no message from the functions: their quota is used up."""
    stack.faults.add(Fault(method="Publisher/Publish", times=FOREVER, status="RESOURCE_EXHAUSTED"))
    yield
    stack.faults.clear()


@asynccontextmanager
async def _kms(stack: Stack, keys: KeyService) -> AsyncIterator[None]:
    """Cloud KMS is away while a rotation makes some functions start; they need it, the others have keys."""
    keys.rotate()
    keys.kms.failing = Refused(HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE")
    keys.kms.calls.clear()
    _start_again(stack)
    await until(lambda: len(keys.kms.calls) >= len(STARTED_AGAIN), START_TIMEOUT_S)
    yield
    keys.kms.failing = None


@asynccontextmanager
async def _disk(stack: Stack, _: KeyService) -> AsyncIterator[None]:
    """No function can write to a file. Those that run write none; the server of one that starts does."""
    _limit_all(stack, 0)
    async with in_background(_limit_new_processes(stack)):
        _start_again(stack)
        yield
    _limit_all(stack, psutil.RLIM_INFINITY)


ABSENCES: Mapping[str, Absence] = {
    "firestore": _firestore,
    "quota": _quota,
    "publish": _publish,
    "kms": _kms,
    "disk": _disk,
}
"""The absences by name."""


def _start_again(stack: Stack) -> None:
    for name in STARTED_AGAIN:
        stack.processes[name].restart()


def _limit_all(stack: Stack, size: int) -> None:
    """Limit the processes of all functions, with their workers."""
    for function in stack.processes.values():
        with suppress(psutil.NoSuchProcess):
            for each in cpu_time.family(function.pid):
                _limit_files(each, size)


async def _limit_new_processes(stack: Stack) -> None:
    while True:
        for name in STARTED_AGAIN:
            with suppress(psutil.NoSuchProcess):  # it has ended, and the next one has not started
                _limit_files(psutil.Process(stack.processes[name].pid), 0)
        await asyncio.sleep(LIMIT_INTERVAL_S)


def _limit_files(process: psutil.Process, size: int) -> None:
    """Limit the bytes of a file that a process writes; pipes and sockets have no limit."""
    _, hard = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (size, hard))
