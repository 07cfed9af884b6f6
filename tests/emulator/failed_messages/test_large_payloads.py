"""Work on a payload of 10 MB takes seconds: meanwhile the console answers other people."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from application import build_application
from pages import message as message_pages
from shared.failed_messages import comparison, repairs, service
from tests.emulator.failed_messages.bulk import GROUP, REPAIR
from tests.emulator.failed_messages.console_backend import ConsoleBackend, broken

pytestmark = pytest.mark.emulator

Work = Callable[[ConsoleBackend, str], Awaitable[Any]]


async def compare(backend: ConsoleBackend, message_id: str) -> object:
    """Compare a message with its stored order."""
    return await backend.services.comparisons.find(await backend.services.messages.find(message_id))


@pytest.mark.parametrize(
    ("module", "function", "work"),
    [
        (service, "mask_payload", lambda backend, each: backend.services.messages.payload(each)),
        (service, "unmask_payload", lambda backend, each: backend.services.messages.unmasked_payload(each)),
        (service, "diff_masked", lambda backend, each: backend.services.messages.difference(each, b"{}")),
        (comparison, "compare", compare),
        (repairs, "apply_patch", lambda backend, _: backend.services.bulk.repairs.check(GROUP, (), REPAIR)),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
async def test_work_on_a_payload_lets_other_requests_pass(
    backend: ConsoleBackend, monkeypatch: pytest.MonkeyPatch, module: Any, function: str, work: Work
) -> None:
    """The event loop turns while the payload is masked, compared or patched."""
    message_id = await backend.fail(broken("QC-1"))
    assert await run_beside(monkeypatch, module, function, work(backend, message_id))


async def test_the_page_of_a_message_lets_other_requests_pass(
    backend: ConsoleBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines of violated rules are found beside them."""
    message_id = await backend.fail(broken("QC-1"))
    transport = httpx2.ASGITransport(app=build_application(backend.services, backend.settings))
    async with httpx2.AsyncClient(transport=transport, base_url="http://console.example") as console:
        page = console.get(f"/messages/{message_id}")
        assert await run_beside(monkeypatch, message_pages, "find_broken_rules", page)


async def run_beside(
    monkeypatch: pytest.MonkeyPatch, module: Any, function: str, work: Awaitable[Any]
) -> Any:
    """Run work in which a function waits for a turn of the event loop: it never comes on the loop itself."""
    loop, turned, original = asyncio.get_running_loop(), threading.Event(), getattr(module, function)

    def wait(*arguments: Any, **named: Any) -> Any:
        loop.call_soon_threadsafe(turned.set)
        assert turned.wait(2), f"{function} blocks the event loop"
        return original(*arguments, **named)

    monkeypatch.setattr(module, function, wait)
    return await work
