"""The trace a message belongs to: read on the way in, told in the log, passed on with what goes out."""

import re
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass

ATTRIBUTE = "googclient_traceparent"
"""The attribute in which Pub/Sub's clients carry W3C's `traceparent`."""

_W3C = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_CLOUD = re.compile(r"(?!0{32})([0-9a-f]{32})/(\d{1,20})(?:;o=([01]))?")


@dataclass(frozen=True, slots=True)
class TraceContext:
    """A span of a trace, both in hexadecimal digits, and whether its trace is recorded."""

    trace_id: str
    span_id: str
    sampled: bool

    @property
    def traceparent(self) -> str:
        """Write it as W3C has it."""
        return f"00-{self.trace_id}-{self.span_id}-{self.sampled:02x}"


_CURRENT: ContextVar[TraceContext | None] = ContextVar("trace_context", default=None)


def current() -> TraceContext | None:
    """Return the trace of the message that is being processed, if it has one."""
    return _CURRENT.get()


def follow(context: TraceContext | None) -> None:
    """Make this the trace of the message that is being processed."""
    _CURRENT.set(context)


def outgoing_attributes() -> dict[str, str]:
    """Return what a message says of its trace when it is published; it is not part of what is stored."""
    context = current()
    return {ATTRIBUTE: context.traceparent} if context else {}


def of_message(attributes: Mapping[str, str]) -> TraceContext | None:
    """Read the trace that a message's publisher began."""
    return parse_traceparent(attributes.get(ATTRIBUTE, ""))


def of_request(headers: Iterable[tuple[bytes, bytes]]) -> TraceContext | None:
    """Read the trace of a request from its headers as ASGI has them: W3C's, or Google's older one."""
    told = dict(headers)
    w3c, cloud = told.get(b"traceparent", b""), told.get(b"x-cloud-trace-context", b"")
    return parse_traceparent(w3c.decode("latin-1")) or _parse_cloud(cloud.decode("latin-1"))


def parse_traceparent(text: str) -> TraceContext | None:
    """Read W3C's `traceparent`; return None for anything else."""
    found = _W3C.fullmatch(text) if text else None
    return TraceContext(found[1], found[2], bool(int(found[3], 16) & 1)) if found else None


def _parse_cloud(text: str) -> TraceContext | None:
    """Read `TRACE_ID/SPAN_ID;o=OPTIONS`, whose span id is a decimal number."""
    found = _CLOUD.fullmatch(text) if text else None
    if not found or not 0 < int(found[2]) < 1 << 64:
        return None
    return TraceContext(found[1], f"{int(found[2]):016x}", found[3] == "1")
