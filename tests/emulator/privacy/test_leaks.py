"""Personal data is readable nowhere: not at rest, in logs, in traces, in responses or on pages."""

import contextlib
import json
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import httpx2
import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.bootstrap.adapters import utc_now
from shared.consumer.idempotency import delivery_fingerprint
from shared.contracts.envelope import parse_push
from shared.failed_messages.console_services import ConsoleServices
from shared.settings import ConsoleSettings
from shared.telemetry.setup import sampling_tracer
from tests import messages
from tests.emulator.failed_messages import crawl
from tests.emulator.failed_messages.console_backend import ConsoleBackend, broken, console_backend
from tests.emulator.privacy.canaries import Canaries, documents, find_canaries
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.fault_plan import Fault, Kind
from tests.signed_identity import AUDIENCE, proxy_keys, signed_in

pytestmark = pytest.mark.emulator

HOST = "http://console.example"
ORDER_ID = "QC-LEAK"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Trace every message; yield the exporter of the spans."""
    exporter = InMemorySpanExporter()
    tracer = sampling_tracer(1.0, SimpleSpanProcessor(exporter))
    with mock.patch("shared.telemetry.setup._build_tracer", return_value=tracer):
        yield exporter


@pytest.fixture
async def backend(
    emulators: Emulators,
    project: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    spans: InMemorySpanExporter,
) -> AsyncIterator[ConsoleBackend]:
    """Yield functions and console services, with logs of all levels and with traces."""
    caplog.set_level(logging.NOTSET)
    async with console_backend(emulators, project, tmp_path) as backend:
        yield backend


class Story:
    """Deliveries with canaries to functions in this process, and all their responses."""

    def __init__(self, backend: ConsoleBackend) -> None:
        self.canaries = Canaries()
        self.answers: list[bytes] = []
        self._backend = backend
        self._instance = backend.creation.instance()
        self._published = 0
        self._started_at = utc_now()

    def order(self, order_id: str, **fields: Any) -> dict[str, Any]:
        """Return an order with canaries as personal data."""
        personal = {"customerId": self.canaries.customer, "t1MembershipId": self.canaries.membership}
        return messages.order(order_id, **{**personal, "note": self.canaries.note, **fields})

    async def deliver(self, data: Any, path: str = "/") -> int:
        """Push data to order creation; return the response status."""
        return await self._post(self._instance, self._push_body(data), path)

    async def fail(self, data: Any) -> str:
        """Push data that fails, then its dead letter; return the id of the failed message."""
        body = self._push_body(data)
        assert await self._post(self._instance, body) != 204
        origin = {
            "CloudPubSubDeadLetterSourceSubscription": messages.SUBSCRIPTION,
            "CloudPubSubDeadLetterSourceTopicPublishTime": self._time,
        }
        dead_letter = self._push_body(
            data, subscription="order-create-dlq-sub", attributes=self._headers | origin
        )
        assert await self._post(self._backend.dead_letters, dead_letter) == 204
        envelope = parse_push(body)
        return delivery_fingerprint(
            messages.SUBSCRIPTION, envelope.publish_time, envelope.data, envelope.attributes
        )

    @property
    def _headers(self) -> dict[str, str]:
        return {**messages.ATTRIBUTES, "note": self.canaries.note, self.canaries.note: "also a name"}

    @property
    def _time(self) -> str:
        return (self._started_at + timedelta(seconds=self._published)).isoformat(timespec="milliseconds")

    def _push_body(self, data: Any, **delivery: Any) -> bytes:
        if "subscription" not in delivery:
            self._published += 1
        options = {"attributes": self._headers, "ordering_key": self.canaries.customer, **delivery}
        return messages.push(data, published=self._time, message_id=str(self._published), **options)

    async def _post(self, application: Any, body: bytes, path: str = "/") -> int:
        transport = httpx2.ASGITransport(app=application)
        async with httpx2.AsyncClient(transport=transport, base_url="http://function") as http:
            answer = await http.post(path, content=body)
        self.answers.append(repr(answer.headers.raw).encode() + answer.content)
        return answer.status_code


async def play(story: Story, backend: ConsoleBackend) -> None:
    """Create, repeat and overflow orders, and fail in every way."""
    large = messages.order_of([messages.line(each) for each in range(1, 700)], "QC-LEAK-LARGE")
    assert await story.deliver(story.order(ORDER_ID)) == 204
    assert await story.deliver(story.order(ORDER_ID)) == 204
    assert await story.deliver(story.order("QC-LEAK-2"), "/preflight") == 200
    assert (
        await story.deliver({**story.order("QC-LEAK-LARGE"), **large, "customerId": story.canaries.customer})
        == 204
    )
    rejected = await story.fail(
        {**broken("QC-LEAK-3"), **story.order("QC-LEAK-3", totals=messages.totals(1.0))}
    )
    await story.fail(story.order(ORDER_ID, shipFromLocationId="LOC-2"))
    await story.fail(story.order("QC-LEAK-4", customerId=story.canaries.customer * 9))
    await story.fail(f"not JSON, but with {story.canaries.customer}".encode())
    await story.fail(f'{{"customerId": "{story.canaries.customer}'.encode() + b"\xff")
    await _fail_by_faults(story, backend)
    await _fail_by_a_bug(story)
    await _edit(story, backend.services, rejected)


async def _fail_by_faults(story: Story, backend: ConsoleBackend) -> None:
    for kind in (Kind.BEFORE, Kind.AFTER):
        backend.creation.firestore.add(Fault(method="Commit", kind=kind))
        await story.deliver(story.order(f"QC-LEAK-{kind}"))
        backend.creation.pubsub.add(Fault(method="Publish", kind=kind))
        await story.deliver(story.order(f"QC-LEAK-P-{kind}"))


async def _fail_by_a_bug(story: Story) -> None:
    """Raise an error from the store that contains the whole claim with its customer."""

    async def buggy(_: object, *arguments: object) -> None:
        raise RuntimeError(f"{story.canaries.customer} {arguments}")

    with mock.patch("shared.consumer.firestore_store.FirestoreStore.commit", buggy):
        await story.fail(story.order("QC-LEAK-BUG"))


async def _edit(story: Story, services: ConsoleServices, message_id: str) -> None:
    edited = json.dumps(story.order("QC-LEAK-3", customerId=story.canaries.membership)).encode()
    edit = await services.messages.save_edit(message_id, edited, by="ann@x")
    await services.messages.replay(message_id, by="ann@x", edit=edit.id)


@contextlib.asynccontextmanager
async def viewing(backend: ConsoleBackend) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield the console as a viewer sees it."""
    from application import build_application

    update = {"roles": {"ap@x": "approver"}, "iap_audience": AUDIENCE}
    with mock.patch.object(ConsoleSettings, "local", new=False), proxy_keys():
        application = build_application(backend.services, backend.settings.model_copy(update=update))
    transport, headers = httpx2.ASGITransport(app=application), signed_in("vi@x")
    async with httpx2.AsyncClient(transport=transport, base_url=HOST, headers=headers) as http:
        yield http


async def break_console(story: Story, http: httpx2.AsyncClient) -> None:
    """Raise an exception with message text on a page and in the API of the console."""
    case = (await http.get("/api/failed")).json()["items"][0]["id"]
    bug = RuntimeError(f"{story.canaries.customer} {story.canaries.note}")
    with mock.patch("shared.failed_messages.service.mask_payload", side_effect=bug):
        for path in (f"/messages/{case}", f"/api/failed/{case}/payload"):
            answer = await http.get(path)
            assert answer.status_code == 500
            story.answers.append(answer.content)


async def test_personal_data_is_readable_nowhere(
    backend: ConsoleBackend,
    spans: InMemorySpanExporter,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    emulators: Emulators,
) -> None:
    """Orders, all kinds of failures, faults, bugs and an edit leave no readable canary."""
    story = Story(backend)

    await play(story, backend)
    async with viewing(backend) as http:
        shown = await crawl.pages(http, ["/", f"/orders?id={ORDER_ID}", "/messages", "/runs"])
        shown |= await crawl.readings(http, [ORDER_ID])
        await break_console(story, http)

    stored = await documents(emulators.firestore, backend.creation.project)
    output = "".join(capfd.readouterr()) + caplog.text
    traced = [each.to_json() for each in spans.get_finished_spans()]
    assert (len(stored) > 20, len(shown) > 10, len(traced) > 20) == (True, True, True)
    assert ORDER_ID in "".join(page.decode() for page in shown.values())
    assert '"outcome":"rejected"' in output
    assert output.count('"reason":"RuntimeError"') >= 3
    texts = [*stored, *story.answers, *shown.values(), output.encode(), *(each.encode() for each in traced)]
    assert [text[:300] for text in texts if find_canaries(story.canaries.all, text)] == []
