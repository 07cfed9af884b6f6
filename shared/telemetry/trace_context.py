"""The trace of a message: read from the push, written to the log, sent with outgoing messages."""

import re
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass

TRACE_ATTRIBUTE = "googclient_traceparent"
"""The attribute in which Pub/Sub's clients send W3C's `traceparent`."""

_W3C = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_CLOUD = re.compile(r"(?!0{32})([0-9a-f]{32})/(\d{1,20})(?:;o=([01]))?")


@dataclass(frozen=True, slots=True)
class TraceContext:
    """The hexadecimal ids of a trace and a span in it, and whether the trace is recorded."""

    trace_id: str
    span_id: str
    sampled: bool

    @property
    def traceparent(self) -> str:
        """Return the value of W3C's `traceparent` header."""
        return f"00-{self.trace_id}-{self.span_id}-{self.sampled:02x}"


_CURRENT: ContextVar[TraceContext | None] = ContextVar("trace_context", default=None)


def current_trace() -> TraceContext | None:
    """Return the trace of the message in process, if it has one."""
    return _CURRENT.get()


def set_current_trace(context: TraceContext | None) -> None:
    """Set the trace of the message in process, for the current task."""
    _CURRENT.set(context)


def trace_attributes() -> dict[str, str]:
    """Return the attributes that carry the current trace to an outgoing message; they are never stored."""
    context = current_trace()
    return {TRACE_ATTRIBUTE: context.traceparent} if context else {}


def parse_message_trace(attributes: Mapping[str, str]) -> TraceContext | None:
    """Read the publisher's trace from a message's attributes."""
    return parse_traceparent(attributes.get(TRACE_ATTRIBUTE, ""))


def parse_request_trace(headers: Iterable[tuple[bytes, bytes]]) -> TraceContext | None:
    """Read the trace from a request's ASGI headers: W3C's header, or Google's older one."""
    by_name = dict(headers)
    w3c, cloud = by_name.get(b"traceparent", b""), by_name.get(b"x-cloud-trace-context", b"")
    return parse_traceparent(w3c.decode("latin-1")) or _parse_cloud(cloud.decode("latin-1"))


def parse_traceparent(text: str) -> TraceContext | None:
    """Read W3C's `traceparent`; return None for anything else."""
    found = _W3C.fullmatch(text) if text else None
    return TraceContext(found[1], found[2], bool(int(found[3], 16) & 1)) if found else None


def _parse_cloud(text: str) -> TraceContext | None:
    """Read `TRACE_ID/SPAN_ID;o=OPTIONS`, with a decimal span id."""
    found = _CLOUD.fullmatch(text) if text else None
    if not found or not 0 < int(found[2]) < 1 << 64:
        return None
    return TraceContext(found[1], f"{int(found[2]):016x}", found[3] == "1")
