"""What is personal is readable nowhere: at rest, in logs of any level, in answers, on the console's pages."""

import base64
import json
import logging
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import httpx2
import pytest

from shared.bootstrap.adapters import utc_now
from shared.idempotency import delivery_fingerprint
from shared.messages.envelope import parse_push
from shared.review.review import Review
from tests import messages
from tests.emulator.canaries import Canaries, documents, found
from tests.emulator.reviewing import Reviewing, broken, reviewing
from tests.stack.emulators import Emulators
from tests.stack.fault_plan import Fault, Kind

pytestmark = pytest.mark.emulator

HOST = "http://console.example"
ORDER_ID = "QC-LEAK"


@pytest.fixture
async def desk(
    emulators: Emulators, project: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Reviewing]:
    """Yield functions and review, with every library's log at its most talkative."""
    caplog.set_level(logging.NOTSET)
    async with reviewing(emulators, project, tmp_path) as desk:
        yield desk


class Story:
    """Deliveries full of canaries, to functions in this process, and all that was answered."""

    def __init__(self, desk: Reviewing) -> None:
        self.canaries = Canaries()
        self.answers: list[bytes] = []
        self._desk = desk
        self._instance = desk.creation.instance()
        self._published = 0
        self._began = utc_now()

    def order(self, order_id: str, **fields: Any) -> dict[str, Any]:
        """Return an order of the canaries' customer."""
        told = {"customerId": self.canaries.customer, "t1MembershipId": self.canaries.membership}
        return messages.order(order_id, **{**told, "note": self.canaries.note, **fields})

    async def deliver(self, data: Any, path: str = "/") -> int:
        """Push data to order creation; return the status of its answer."""
        return await self._post(self._instance, self._pushed(data), path)

    async def fail(self, data: Any) -> str:
        """Push data that fails, and its dead letter; return the id under which it is kept."""
        body = self._pushed(data)
        assert await self._post(self._instance, body) != 204
        origin = {
            "CloudPubSubDeadLetterSourceSubscription": messages.SUBSCRIPTION,
            "CloudPubSubDeadLetterSourceTopicPublishTime": self._time,
        }
        letter = self._pushed(data, subscription="order-create-dlq-sub", attributes=self._headers | origin)
        assert await self._post(self._desk.dead_letters, letter) == 204
        envelope = parse_push(body)
        return delivery_fingerprint(messages.SUBSCRIPTION, envelope.publish_time, envelope.data)

    @property
    def _headers(self) -> dict[str, str]:
        return {**messages.ATTRIBUTES, "note": self.canaries.note, self.canaries.note: "a name, too"}

    @property
    def _time(self) -> str:
        return (self._began + timedelta(seconds=self._published)).isoformat(timespec="milliseconds")

    def _pushed(self, data: Any, **delivery: Any) -> bytes:
        if "subscription" not in delivery:
            self._published += 1
        told = {"attributes": self._headers, "ordering_key": self.canaries.customer, **delivery}
        return messages.push(data, published=self._time, message_id=str(self._published), **told)

    async def _post(self, application: Any, body: bytes, path: str = "/") -> int:
        transport = httpx2.ASGITransport(app=application)
        async with httpx2.AsyncClient(transport=transport, base_url="http://function") as http:
            answer = await http.post(path, content=body)
        self.answers.append(repr(answer.headers.raw).encode() + answer.content)
        return answer.status_code


async def tell(story: Story, desk: Reviewing) -> None:
    """Let orders be created, repeated and paged, and fail in every way there is."""
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
    await story.fail(f"not JSON, and about {story.canaries.customer}".encode())
    await story.fail(f'{{"customerId": "{story.canaries.customer}'.encode() + b"\xff")
    await _fail_by_faults(story, desk)
    await _fail_by_a_bug(story)
    await _edit(story, desk.review, rejected)


async def _fail_by_faults(story: Story, desk: Reviewing) -> None:
    for kind in (Kind.BEFORE, Kind.AFTER):
        desk.creation.firestore.add(Fault(method="Commit", kind=kind))
        await story.deliver(story.order(f"QC-LEAK-{kind}"))
        desk.creation.pubsub.add(Fault(method="Publish", kind=kind))
        await story.deliver(story.order(f"QC-LEAK-P-{kind}"))


async def _fail_by_a_bug(story: Story) -> None:
    """Let the store raise what holds the whole claim, customer and all."""

    async def buggy(_: object, *told: object) -> None:
        raise RuntimeError(f"{story.canaries.customer} {told}")

    with mock.patch("shared.adapters.firestore.store.FirestoreStore.commit", buggy):
        await story.fail(story.order("QC-LEAK-BUG"))


async def _edit(story: Story, review: Review, case_id: str) -> None:
    edited = json.dumps(story.order("QC-LEAK-3", customerId=story.canaries.membership)).encode()
    edit = await review.desk.edit(case_id, edited, by="ann@x")
    await review.desk.replay(case_id, by="ann@x", edit=edit.id)


async def pages(desk: Reviewing) -> list[bytes]:
    """Read every page that links lead to from the console's first, and the API's lists."""
    from application import build

    transport = httpx2.ASGITransport(app=build(desk.review, desk.settings))
    waiting = [
        "/",
        f"/orders?id={ORDER_ID}",
        "/messages",
        "/api/failed",
        "/api/groups",
        f"/api/orders/{ORDER_ID}",
    ]
    seen: dict[str, bytes] = {}
    async with httpx2.AsyncClient(transport=transport, base_url=HOST, follow_redirects=True) as http:
        while waiting:
            path = waiting.pop()
            if path in seen or path.startswith("/static"):
                continue
            answer = await http.get(path)
            assert answer.status_code == 200, path
            seen[path] = repr(answer.headers.raw).encode() + answer.content
            links = re.findall(r'(?:href|hx-get)="(/[^"#]*)"', answer.text)
            waiting += [each.replace("&amp;", "&") for each in links]
    return list(seen.values())


async def test_what_is_personal_is_readable_nowhere(
    desk: Reviewing,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    emulators: Emulators,
    project: str,
) -> None:
    """Orders, failures of every kind, faults, a bug and an edit leave no canary anywhere."""
    story = Story(desk)

    await tell(story, desk)

    shown = await pages(desk)
    stored = await documents(emulators.firestore, project)
    said = "".join(capfd.readouterr()) + caplog.text
    assert len(stored) > 20
    assert len(shown) > 10
    assert ORDER_ID in "".join(page.decode() for page in shown)
    assert '"outcome":"rejected"' in said
    assert '"reason":"RuntimeError"' in said
    for texts in (stored, story.answers, [said.encode()]):
        assert [text[:300] for text in texts if found(story.canaries.all, text)] == []
    # A page shows fields that no contract knows: the person on call has to see what is wrong.
    assert [page[:300] for page in shown if found(story.canaries.declared, page)] == []


def test_a_canary_is_found_in_every_disguise() -> None:
    """The search would find a value as it is, backwards, in any case, in hex, and in base64 at any offset."""
    canaries = Canaries()
    value = canaries.customer
    disguises = [value, value.upper(), value[::-1], value.encode().hex()]
    disguises += [base64.b64encode(b"x" * shift + value.encode() + b"yy").decode() for shift in range(4)]

    assert [found(canaries.all, f"<{each}>".encode()) for each in disguises] == [[value]] * len(disguises)
    assert found(canaries.all, b"CUST-canary-") == []
