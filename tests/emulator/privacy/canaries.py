"""Canary values that must appear nowhere in plain text, and the search for them in any encoding."""

import base64
import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from shared.gcp.channel import open_channel
from shared.gcp.firestore.rpc import EMULATOR_OWNER, SERVICE, RunQueryRequest, RunQueryResponse
from shared.gcp.firestore.values import read_fields
from tests.lab.stack.metrics_charts import Points


def canary(kind: str) -> str:
    """Return a unique value."""
    return f"{kind}-canary-{uuid4().hex}"


@dataclass(frozen=True)
class Canaries:
    """One canary for each part of a message that may be personal."""

    customer: str = field(default_factory=lambda: canary("CUST"))
    membership: str = field(default_factory=lambda: canary("T1"))
    note: str = field(default_factory=lambda: canary("NOTE"))
    """Stands for personal data that a producer writes into unexpected fields."""

    @property
    def declared(self) -> tuple[str, ...]:
        """Return the canaries in fields that a contract declares."""
        return (self.customer, self.membership)

    @property
    def all(self) -> tuple[str, ...]:
        """Return every canary."""
        return (self.customer, self.membership, self.note)


def find_canaries(canaries: Iterable[str], haystack: bytes) -> list[str]:
    """Return the canaries in the bytes: plain, reversed, in any case, in base64 or in hex."""
    folded = haystack.lower()
    return [each for each in canaries if any(form in folded for form in _forms(each))]


def _forms(canary: str) -> list[bytes]:
    plain = [form.encode() for form in (canary, canary.upper(), canary[::-1])]
    encoded = [base64.b64encode(b"\0" * shift + form)[4:-4] for form in plain for shift in range(3)]
    urlsafe = [each.translate(bytes.maketrans(b"+/", b"-_")) for each in encoded]
    digits = [form.hex().encode() for form in plain]
    return [form.lower() for form in (*plain, *encoded, *urlsafe, *digits)]


async def documents(host: str, project: str) -> list[bytes]:
    """Read every document of a project, in all collections and subcollections.

    Return each one in its wire format, and every field that is compressed but not encrypted, decompressed.
    """
    parent = f"projects/{project}/databases/(default)/documents"
    request = RunQueryRequest(parent=parent)
    request.structured_query.from_.add(all_descendants=True)
    async with open_channel(host, "") as channel:
        run = channel.unary_stream(
            SERVICE + "RunQuery",
            request_serializer=RunQueryRequest.SerializeToString,
            response_deserializer=RunQueryResponse.FromString,
        )
        answers = run(request, metadata=EMULATOR_OWNER)
        found = [each.document async for each in answers if each.HasField("document")]
    return [text for document in found for text in _texts(document)]


def _texts(document: Any) -> Iterator[bytes]:
    yield document.SerializeToString()
    for packed in _binary(read_fields(document.fields)):
        for unpack in (zlib.decompress, gzip.decompress):
            with suppress(zlib.error, OSError, EOFError):
                yield unpack(packed)


def _binary(value: Any) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, dict | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _binary(each)


def metric_texts(points: Points) -> list[bytes]:
    """Return the exported series as texts: names, labels, resources and values."""
    return [f"{key} {list(values)}".encode() for key, values in points.items()]
