"""One instance handles a bounded number of bytes at a time; the rest waits, and is refused after a while."""

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from starlette.requests import Request

from shared.consumer.bytes_in_flight import MAX_BODY_BYTES, BytesInFlight
from shared.consumer.push_http import read_body
from shared.errors import NotAPush, Overloaded, PushTooLarge

if TYPE_CHECKING:
    from collections.abc import Sequence


def request(*parts: bytes, announced: str | None = None, complete: bool = True) -> Request:
    """Return a request with this body; an incomplete one ends with a disconnect."""
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": each, "more_body": True} for each in parts
    ]
    end = {"type": "http.request", "body": b"", "more_body": False}
    messages.append(end if complete else {"type": "http.disconnect"})
    headers: Sequence[tuple[bytes, bytes]] = (
        [] if announced is None else [(b"content-length", announced.encode())]
    )

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def test_a_body_is_reserved_until_its_handling_ends() -> None:
    """The bytes count while their context lasts, and are free again afterwards."""
    total = BytesInFlight(max_bytes=10, max_wait_s=0)

    with total.start_request() as reserved:
        assert await read_body(request(b"12345", b"678"), reserved) == b"12345678"
        assert total.reserved == 8

    assert total.reserved == 0


async def test_a_second_large_body_is_refused_while_the_first_is_handled() -> None:
    """What does not fit is refused; a small body beside the large one passes."""
    total = BytesInFlight(max_bytes=10, max_wait_s=0)

    with total.start_request() as first:
        await read_body(request(b"12345678"), first)
        with total.start_request() as small:
            assert await read_body(request(b"1"), small) == b"1"
        with total.start_request() as second, pytest.raises(Overloaded):
            await read_body(request(b"1234", b"5678"), second)
        assert total.reserved == 8

    with total.start_request() as again:
        assert await read_body(request(b"1234", b"5678"), again) == b"12345678"


async def test_an_announced_body_waits_for_free_bytes() -> None:
    """A large body behind another one is read once that one is handled; a small one overtakes it."""
    total = BytesInFlight(max_bytes=10)
    order: list[str] = []

    async def handle(name: str, size: int) -> None:
        with total.start_request() as reserved:
            await read_body(request(bytes(size), announced=str(size)), reserved)
            order.append(name)
            await asyncio.sleep(0)

    with total.start_request() as first:
        await read_body(request(bytes(8)), first)
        waiting = asyncio.gather(handle("large", 8), handle("small", 1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert order == ["small"]
    await waiting

    assert order == ["small", "large"]
    assert total.reserved == 0


async def test_an_announced_body_is_refused_before_it_is_read() -> None:
    """A `content-length` that never fits reserves nothing and reads nothing."""
    total = BytesInFlight(max_bytes=10, max_wait_s=0)

    with total.start_request() as reserved, pytest.raises(Overloaded):
        await read_body(request(announced="11"), reserved)

    assert total.reserved == 0


@pytest.mark.parametrize("announced", ["1", "many", "-5", "9" * 400], ids=["less", "text", "minus", "huge"])
async def test_a_wrong_announcement_changes_nothing(announced: str) -> None:
    """The bytes that arrive are counted, whatever the request announces."""
    total = BytesInFlight(max_bytes=10, max_wait_s=0)

    with total.start_request() as reserved:
        await read_body(request(b"12345", announced=announced), reserved)
        assert total.reserved == 5

    with total.start_request() as reserved, pytest.raises(Overloaded):
        await read_body(request(b"12345678", b"12345", announced=announced), reserved)


async def test_an_aborted_body_is_released() -> None:
    """A client that disconnects leaves no bytes reserved."""
    total = BytesInFlight(max_bytes=10, max_wait_s=0)

    with total.start_request() as reserved, pytest.raises(NotAPush):
        await read_body(request(b"12345", complete=False), reserved)

    assert total.reserved == 0


async def test_the_largest_body_passes_and_a_larger_one_never_does() -> None:
    """An idle instance takes a message of the largest size; one byte more is too large, not too early."""
    total = BytesInFlight()

    with total.start_request() as reserved:
        assert len(await read_body(request(bytes(MAX_BODY_BYTES)), reserved)) == MAX_BODY_BYTES
    with total.start_request() as reserved, pytest.raises(PushTooLarge):
        await read_body(request(announced=str(MAX_BODY_BYTES + 1)), reserved)
