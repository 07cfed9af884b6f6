"""What each role may do, by JSON and by forms; an attempt without the role is refused and recorded."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from unittest import mock

import httpx2
import pytest

from shared.failed_messages.access_denials import DENIAL_RETENTION, MAX_TARGETS, DeniedAttempt
from shared.gcp.firestore.query import Selection
from shared.gcp.firestore.values import read_fields
from shared.settings import ConsoleSettings
from tests import messages
from tests.emulator.failed_messages.console_backend import ConsoleBackend
from tests.lab.stack.fault_plan import Fault
from tests.signed_identity import AUDIENCE, proxy_keys, signed_in

pytestmark = pytest.mark.emulator

HOST = "http://console.example"
ROLES = {"vi@x": "viewer", "op@x": "operator", "ap@x": "approver"}
PEOPLE = (*ROLES, "no-role@x")
ACTING, APPROVING = {"op@x", "ap@x"}, {"ap@x"}


@pytest.fixture
async def console(backend: ConsoleBackend) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client of the console as it is deployed, where people have roles."""
    async with console_over(backend) as client:
        yield client


@contextlib.asynccontextmanager
async def console_over(backend: ConsoleBackend) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client of a console that believes the proxy's signed header, as in the cloud."""
    from application import build_application

    settings = backend.settings.model_copy(update={"roles": ROLES, "iap_audience": AUDIENCE})
    with mock.patch.object(ConsoleSettings, "local", new=False), proxy_keys():
        application = build_application(backend.services, settings)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=application), base_url=HOST) as client:
        yield client


async def form(console: httpx2.AsyncClient, person: str, page: str, path: str) -> int:
    """Post a form with the token of a page that the console served to this person."""
    served = (await console.get(page, headers=signed_in(person))).text
    (token,) = set(re.findall(r'name="token" value="([^"]+)"', served))
    headers = {"origin": HOST, **signed_in(person)}
    return (await console.post(path, data={"token": token}, headers=headers)).status_code


async def kept(console: httpx2.AsyncClient) -> list[dict[str, Any]]:
    """Read the record of denied attempts."""
    items: list[dict[str, Any]] = (await console.get("/api/denied", headers=signed_in("ap@x"))).json()[
        "items"
    ]
    return items


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/failed/{failed}/preflight", ACTING),
        ("/api/failed/{failed}/discard", ACTING),
        ("/api/failed/{failed}/unmask", APPROVING),
        ("/api/runs", APPROVING),
        ("/messages/{failed}/replay", ACTING),
        ("/messages/{failed}/unmask", APPROVING),
        ("/messages/{failed}/editor", APPROVING),
        ("/runs", APPROVING),
    ],
)
async def test_a_role_decides_who_may_act(
    backend: ConsoleBackend,
    console: httpx2.AsyncClient,
    capsys: pytest.CaptureFixture[str],
    path: str,
    allowed: set[str],
) -> None:
    """Every role may look; one message is an operator's, many and personal data are an approver's."""
    failed = await backend.fail(messages.order())
    address = path.format(failed=failed)
    denied = set()
    for person in PEOPLE:
        assert (await console.get("/api/failed", headers=signed_in(person))).status_code == 200
        if path.startswith("/api"):
            body = {"reason": "not needed"}
            status = (await console.post(address, json=body, headers=signed_in(person))).status_code
        else:
            status = await form(console, person, f"/messages/{failed}", address)
        if status == 403:
            denied.add(person)

    assert denied == set(PEOPLE) - allowed
    assert capsys.readouterr().out.count('"message":"denied"') == len(denied)
    records = await kept(console)
    assert {each["by"] for each in records} == denied
    action, target = address.rsplit("/", 1)[-1], [failed] if failed in address else []
    assert [(each["action"], each["targets"], each["count"]) for each in records] == [
        (action, target, 1)
    ] * len(denied)
    assert {each["by"]: each["role"] for each in records} == {
        each: ROLES.get(each, "viewer") for each in denied
    }


async def test_only_who_approves_sees_what_was_denied(
    backend: ConsoleBackend, console: httpx2.AsyncClient
) -> None:
    """The page and its link are for approvers; other attempts to open it are recorded, too."""
    failed = await backend.fail(messages.order())
    await console.post(f"/api/failed/{failed}/unmask", json={}, headers=signed_in("op@x"))

    for person in ("vi@x", "op@x"):
        assert (await console.get("/denied", headers=signed_in(person))).status_code == 403
        assert (await console.get("/api/denied", headers=signed_in(person))).status_code == 403
        assert 'href="/denied"' not in (await console.get("/messages", headers=signed_in(person))).text
    page = (await console.get("/denied", headers=signed_in("ap@x"))).text

    assert 'href="/denied"' in (await console.get("/messages", headers=signed_in("ap@x"))).text
    assert "op@x" in page
    assert "see personal data" in page
    assert f'href="/messages/{failed}"' in page
    assert {(each["by"], each["action"], each["count"]) for each in await kept(console)} == {
        ("op@x", "unmask", 1),
        ("vi@x", "denied", 2),
        ("op@x", "denied", 2),
    }


async def test_repeated_attempts_make_one_record_an_hour(
    backend: ConsoleBackend, console: httpx2.AsyncClient
) -> None:
    """Attempts on different messages are counted in one document, which names the first of them."""
    for number in range(MAX_TARGETS + 5):
        answer = await console.post(f"/api/failed/{number:032x}/unmask", json={}, headers=signed_in("vi@x"))
        assert answer.status_code == 403
    await console.post("/api/failed/anything-at-all/unmask", json={}, headers=signed_in("vi@x"))

    (record,) = await kept(console)
    assert record["count"] == MAX_TARGETS + 6
    assert record["targets"] == [f"{number:032x}" for number in range(MAX_TARGETS)]
    assert "anything-at-all" not in json.dumps(record)


async def test_attempts_at_the_same_moment_are_all_counted(backend: ConsoleBackend) -> None:
    """Three attempts race for one document, and none is lost."""
    tried = DeniedAttempt(by="vi@x", role="viewer", action="unmask", target="0" * 32)

    await asyncio.gather(*(backend.services.denials.record(tried) for _ in range(3)))

    (record,) = (await backend.services.denials.page()).items
    assert record.count == 3


async def test_another_hour_has_another_record_and_each_expires(backend: ConsoleBackend) -> None:
    """A year after the last attempt of an hour its record expires."""
    tried = DeniedAttempt(by="vi@x", role="viewer", action="unmask", target="")
    await backend.services.denials.record(tried)
    backend.later = timedelta(hours=1)
    await backend.services.denials.record(tried)

    records = (await backend.services.denials.page()).items
    assert [each.count for each in records] == [1, 1]
    assert records[0].last_at - records[1].last_at >= timedelta(minutes=59)
    stored, _ = await backend.services.denials._queries.page(Selection(collection="denied_attempts"), 9)
    expiring = {read_fields(each.fields)["expireAt"] for each in stored}
    assert expiring == {each.last_at + DENIAL_RETENTION for each in records}


async def test_a_store_that_does_not_answer_lets_no_one_in(
    backend: ConsoleBackend, capsys: pytest.CaptureFixture[str]
) -> None:
    """The attempt is refused all the same, and the log says that it could not be recorded."""
    backend.settings = backend.settings.model_copy(
        update={"firestore_emulator": backend.creation.environ["FIRESTORE_EMULATOR_HOST"]}
    )
    backend.services = backend.another()
    backend.creation.firestore.add(Fault(method="BatchGetDocuments"))
    async with console_over(backend) as console:
        answer = await console.post("/api/runs", json={}, headers=signed_in("vi@x"))

    assert answer.status_code == 403
    assert '"message":"denied attempt not recorded"' in capsys.readouterr().out


async def test_no_unverified_caller_gets_in(backend: ConsoleBackend) -> None:
    """Off the local stack the user is the one the proxy has signed; a plain header shows nothing."""
    from application import build_application

    message_id = await backend.fail(messages.order())
    settings = backend.settings.model_copy(update={"iap_audience": AUDIENCE})
    with mock.patch.object(ConsoleSettings, "local", new=False), proxy_keys():
        application = build_application(backend.services, settings)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=application), base_url=f"{HOST}/api"
    ) as api:
        plain = {"x-goog-authenticated-user-email": "accounts.google.com:ann@example.com"}
        assert (await api.get("/groups")).status_code == 401
        assert (await api.get("/groups", headers=plain)).status_code == 401
        assert (await api.post(f"/failed/{message_id}/replay", json={})).status_code == 401
        replayed = await api.post(
            f"/failed/{message_id}/replay", json={}, headers=signed_in("ann@example.com")
        )

    assert replayed.status_code == 200
    assert {entry["by"] for entry in replayed.json()["history"]} == {"system", "ann@example.com"}
