"""The server side of HTTP/2 for gRPC clients: unary requests with one or more response messages."""

import asyncio
import struct
from collections import deque
from collections.abc import Callable, Sequence
from typing import cast

from hpack import Decoder, Encoder, NeverIndexedHeaderTuple

Response = Sequence[bytes] | asyncio.Future[Sequence[bytes]]
"""The messages of a response, now or later."""

Answer = Callable[[str, bytes], Response]
"""Maps a method's path and a request message to a response, or raises Refused."""

ALREADY_EXISTS = 6
"""The gRPC status for the creation of an existing document."""

DATA, HEADERS, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE = 0, 1, 3, 4, 6, 8
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITY = 1, 1, 4, 8, 32
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
FRAME = struct.Struct(">HBBBL")
LARGEST_WINDOW = 2**31 - 1
FIRST_WINDOW = 65_535
LARGEST_FRAME = 16_384


class Refused(Exception):
    """The backend answers a call with this gRPC status instead of a message."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """Return one frame."""
    return FRAME.pack(len(payload) >> 8, len(payload) & 0xFF, kind, flags, stream) + payload


def _headers(*headers: tuple[str, str]) -> bytes:
    # Never indexed: the same bytes are valid on every connection at any time.
    return Encoder().encode([NeverIndexedHeaderTuple(*each) for each in headers], huffman=False)


_OPENING = _headers((":status", "200"), ("content-type", "application/grpc"))
_TRAILERS = _headers(("grpc-status", "0"))
_REFUSALS = {ALREADY_EXISTS: _headers(("grpc-status", str(ALREADY_EXISTS)))}
_WINDOWS = frame(SETTINGS, 0, 0, struct.pack(">HL", 4, LARGEST_WINDOW)) + frame(
    WINDOW_UPDATE, 0, 0, struct.pack(">L", LARGEST_WINDOW - FIRST_WINDOW)
)


class Connection(asyncio.Protocol):
    """Serve one client; answers wait while the client's window is full."""

    _transport: asyncio.WriteTransport

    def __init__(self, answer: Answer, latency: float) -> None:
        """Answer each call after `latency` seconds."""
        self._answer = answer
        self._latency = latency
        self._received = bytearray()
        self._decoder = Decoder()
        self._paths: dict[int, str] = {}
        self._bodies: dict[int, bytearray] = {}
        self._window = FIRST_WINDOW
        self._consumed = 0
        self._waiting: deque[tuple[int, bytes, bytes]] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Open the windows to their maximum."""
        self._transport = cast("asyncio.WriteTransport", transport)
        self._transport.write(_WINDOWS)

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Handle all complete frames."""
        self._received += data
        if self._received.startswith(PREFACE):
            del self._received[: len(PREFACE)]
        start = 0
        while len(self._received) - start >= FRAME.size:
            high, low, kind, flags, stream = FRAME.unpack_from(self._received, start)
            end = start + FRAME.size + (high << 8 | low)
            if end > len(self._received):
                break
            self._handle_frame(kind, flags, stream, bytes(self._received[start + FRAME.size : end]))
            start = end
        del self._received[:start]

    def _handle_frame(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        match kind:
            case 1:  # HEADERS
                self._paths[stream] = self._path(_unpadded(flags, payload))
                self._bodies[stream] = bytearray()
            case 0:  # DATA
                self._count_received(len(payload))
                self._bodies.get(stream, bytearray()).extend(_unpadded(flags, payload))
            case 3:  # RST_STREAM
                self._drop_stream(stream)
            case 4 if not flags & ACK:  # SETTINGS
                self._transport.write(frame(SETTINGS, ACK, 0, b""))
            case 6 if not flags & ACK:  # PING
                self._transport.write(frame(PING, ACK, 0, payload))
            case 8 if stream == 0:  # WINDOW_UPDATE
                self._window += struct.unpack(">L", payload)[0]
                self._send_waiting()
        if kind in (DATA, HEADERS) and flags & END_STREAM and stream in self._paths:
            self._handle_call(stream)

    def _path(self, block: bytes) -> str:
        headers = dict(cast("list[tuple[str, str]]", self._decoder.decode(block)))
        return headers[":path"]

    def _handle_call(self, stream: int) -> None:
        path, request = self._paths[stream], bytes(self._bodies[stream][5:])
        self._drop_stream(stream)
        messages, trailers = self._call_backend(path, request)
        if isinstance(messages, asyncio.Future):
            messages.add_done_callback(lambda later: self._reply(stream, later.result(), trailers))
        elif self._latency:
            asyncio.get_running_loop().call_later(self._latency, self._reply, stream, messages, trailers)
        else:
            self._reply(stream, messages, trailers)

    def _call_backend(self, path: str, request: bytes) -> tuple[Response, bytes]:
        try:
            return self._answer(path, request), _TRAILERS
        except Refused as refused:
            return (), _REFUSALS[refused.status]

    def _reply(self, stream: int, messages: Sequence[bytes], trailers: bytes) -> None:
        body = b"".join(b"\0" + len(each).to_bytes(4, "big") + each for each in messages)
        self._waiting.append((stream, body, trailers))
        self._send_waiting()

    def _send_waiting(self) -> None:
        while self._waiting and len(self._waiting[0][1]) <= self._window:
            stream, body, trailers = self._waiting.popleft()
            self._window -= len(body)
            self._transport.write(
                frame(HEADERS, END_HEADERS, stream, _OPENING)
                + _data(stream, body)
                + frame(HEADERS, END_HEADERS | END_STREAM, stream, trailers)
            )

    def _count_received(self, size: int) -> None:
        self._consumed += size
        if self._consumed > LARGEST_WINDOW // 4:
            self._transport.write(frame(WINDOW_UPDATE, 0, 0, struct.pack(">L", self._consumed)))
            self._consumed = 0

    def _drop_stream(self, stream: int) -> None:
        self._paths.pop(stream, None)
        self._bodies.pop(stream, None)


def _data(stream: int, body: bytes) -> bytes:
    cuts = range(0, len(body), LARGEST_FRAME)
    return b"".join(frame(DATA, 0, stream, body[start : start + LARGEST_FRAME]) for start in cuts)


def _unpadded(flags: int, payload: bytes) -> bytes:
    if flags & PADDED:
        payload = payload[1 : len(payload) - payload[0]]
    return payload[5:] if flags & PRIORITY else payload
