"""The scan for personal data finds a leak in every place and encoding."""

import base64
import gzip
import zlib

import pytest

from shared.gcp.firestore.writes import set_document
from tests.emulator import adapter_fixtures
from tests.emulator.privacy.canaries import Canaries, documents, find_canaries, metric_texts
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.monitoring_rules import SeriesKey

pytestmark = pytest.mark.emulator


def encodings(value: str) -> dict[str, bytes]:
    """Return a value in every encoding that the search covers."""
    raw = value.encode()
    plain = {"plain": raw, "upper case": raw.upper(), "reversed": raw[::-1], "hex": raw.hex().encode()}
    return plain | {f"base64 at {at}": base64.b64encode(b"x" * at + raw + b"yy") for at in range(3)}


async def plant(place: str, form: bytes, host: str, project: str) -> list[bytes]:
    """Write an encoded value to a place, and read the place as the searches above do."""
    text = form.decode()
    if place == "log":
        return [f'{{"severity":"DEBUG","message":"got {text}"}}'.encode()]
    if place == "page":
        return [f"<p>{text}</p>".encode()]
    if place == "metric":
        return metric_texts({SeriesKey("message_count", frozenset({("result", text)}), frozenset()): []})
    content = {"document": text, "packed": zlib.compress(form), "gzipped": gzip.compress(form)}[place]
    async with adapter_fixtures.firestore(host, project) as rpc:
        await rpc.commit([set_document(rpc.name("orders/1/pages/1"), {"deep": [{"content": content}]})])
    return await documents(host, project)


@pytest.mark.parametrize("place", ["document", "packed", "gzipped", "log", "metric", "page"])
async def test_a_leak_is_found_in_every_place(emulators: Emulators, project: str, place: str) -> None:
    """Every encoding of a value is found in every place, compressed fields included."""
    value = Canaries().customer
    others = Canaries().all
    for name, form in encodings(value).items():
        texts = await plant(place, form, emulators.firestore, project)
        assert any(find_canaries([value], text) for text in texts), name
        assert not [text for text in texts if find_canaries(others, text)]


def test_a_canary_is_found_in_every_encoding() -> None:
    """The search finds a value plain, reversed, in any case, in hex, and in base64 at any offset."""
    canaries = Canaries()
    value = canaries.customer
    encoded = [value, value.upper(), value[::-1], value.encode().hex()]
    encoded += [base64.b64encode(b"x" * shift + value.encode() + b"yy").decode() for shift in range(4)]

    assert [find_canaries(canaries.all, f"<{each}>".encode()) for each in encoded] == [[value]] * len(encoded)
    assert find_canaries(canaries.all, b"CUST-canary-") == []
