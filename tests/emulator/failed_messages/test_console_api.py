"""The console's JSON API, as the function's runtime serves it: what it takes, refuses and answers."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests import messages
from tests.emulator.failed_messages.console_backend import (
    ConsoleBackend,
    broken,
    function_application,
)
from tests.lab.stack.environment import function_environment

pytestmark = pytest.mark.emulator

ORDER = messages.order()
ORDER_ID = ORDER["orderId"]
UNKNOWN = "0" * 32
HOST = "http://console.example"


@pytest.fixture
async def api(backend: ConsoleBackend) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client of the console's application over that review."""
    from application import build_application

    transport = httpx2.ASGITransport(app=build_application(backend.services, backend.settings))
    async with httpx2.AsyncClient(transport=transport, base_url=f"{HOST}/api") as client:
        yield client


async def parse_response(response: httpx2.Response, status: int = 200) -> Any:
    """Return an answer's JSON, after its status was checked."""
    assert response.status_code == status, response.text
    return response.json()


async def test_a_failure_is_found_explained_and_replayed(
    backend: ConsoleBackend, api: httpx2.AsyncClient
) -> None:
    """From the list of groups to the resolved message by JSON alone."""
    message_id = await backend.fail(ORDER)

    (group,) = (await parse_response(await api.get("/groups")))["items"]
    listed = await parse_response(
        await api.get("/failed", params={"group": group["group"]["id"], "status": "OPEN"})
    )
    dry_run = await parse_response(await api.post(f"/failed/{message_id}/preflight", json={}))
    failed = await parse_response(await api.post(f"/failed/{message_id}/replay", json={}))

    assert (group["open"], group["group"]["reason"]) == (1, "order.totals_mismatch")
    assert [each["id"] for each in listed["items"]] == [message_id]
    assert (dry_run["outcome"], dry_run["passes"], dry_run["refusal"]) == ("processed", True, None)
    assert (failed["status"], failed["outcome"]) == ("RESOLVED", "processed")
    assert {entry["by"] for entry in failed["history"]} == {"system", "local"}
    order = await parse_response(await api.get(f"/orders/{ORDER_ID}"))
    assert order["order"]["totals"]["totalMinor"] == 133398
    assert "CUST-123456" not in json.dumps(order)


async def test_payloads_are_masked_unless_asked_for(backend: ConsoleBackend, api: httpx2.AsyncClient) -> None:
    """Reading shows no personal data; asking for it is an action."""
    message_id = await backend.fail(ORDER)

    masked = await parse_response(await api.get(f"/failed/{message_id}/payload"))
    unmasked = await parse_response(await api.post(f"/failed/{message_id}/unmask", json={}))

    assert "CUST-123456" not in json.dumps(masked)
    assert json.loads(unmasked["text"]) == ORDER
    assert (await api.get(f"/failed/{message_id}/unmask")).is_client_error


async def test_an_edit_is_checked_kept_and_replayed(backend: ConsoleBackend, api: httpx2.AsyncClient) -> None:
    """An edit that the contract refuses answers 422 with the reason; a good one is sent by its id."""
    message_id = await backend.fail(broken(ORDER_ID))
    edits = f"/failed/{message_id}/edits"

    refused = await parse_response(await api.post(edits, json={"data": "{}"}), 422)
    edit = await parse_response(await api.post(edits, json={"data": json.dumps(ORDER)}), 201)
    failed = await parse_response(await api.post(f"/failed/{message_id}/replay", json={"edit": edit["id"]}))

    assert refused["error"] == "edit.refused"
    assert failed["status"] == "RESOLVED"
    assert [each["id"] for each in await parse_response(await api.get(edits))] == [edit["id"]]


async def test_an_operation_is_started_watched_and_ended(
    backend: ConsoleBackend, api: httpx2.AsyncClient
) -> None:
    """A group is replayed with its count confirmed; another count answers 409 with the right one."""
    for number in range(3):
        await backend.fail(messages.order(f"QC-{number}"))
    (group,) = (await parse_response(await api.get("/groups")))["items"]
    request = {"group": group["group"]["id"], "rate": 50}

    refused = await parse_response(await api.post("/runs", json={**request, "confirmed": 2}), 409)
    run = await parse_response(await api.post("/runs", json={**request, "confirmed": 3}), 201)
    run = await parse_response(await api.post(f"/runs/{run['id']}/advance", json={"limit": 2}))
    assert (run["status"], run["done"]) == ("RUNNING", 2)
    run = await parse_response(await api.post(f"/runs/{run['id']}/advance", json={}))

    assert (refused["error"], refused["detail"]) == (
        "run.count_changed",
        "count: 3 messages are open, 2 were confirmed",
    )
    assert (run["status"], run["done"], run["startedBy"]) == ("DONE", 3, "local")
    assert (await parse_response(await api.post(f"/runs/{run['id']}/cancel", json={}), 409))[
        "error"
    ] == "run.ended"


async def test_one_search_finds_ids_customers_and_texts(
    backend: ConsoleBackend, api: httpx2.AsyncClient
) -> None:
    """An order, a correlation id, a customer or a text; only what finds a customer is recorded."""
    message_id = await backend.fail(broken(ORDER_ID), attributes={"correlationId": "corr-search"})

    async def found(term: str) -> Any:
        return await parse_response(await api.post("/search", json={"term": term}))

    assert (await found(ORDER_ID))["orderId"] == ORDER_ID
    assert (await found(message_id))["messageId"] == message_id
    assert [each["id"] for each in (await found("corr-search"))["messages"]] == [message_id]
    assert [each["reason"] for each in (await found("subtotal"))["groups"]] == ["order.totals_mismatch"]
    assert (await found("nothing-has-this"))["customer"] is False
    assert (await parse_response(await api.get("/customer-searches")))["items"] == []

    assert [each["id"] for each in (await found("CUST-123456"))["customerMessages"]] == [message_id]
    (search,) = (await parse_response(await api.get("/customer-searches")))["items"]
    assert (search["by"], search["orders"], search["messages"]) == ("local", 0, 1)
    assert "CUST" not in json.dumps(search)


async def test_a_list_is_filtered_by_producer_and_time_and_sorted(
    backend: ConsoleBackend, api: httpx2.AsyncClient
) -> None:
    """Source, version and the time of the latest failure select; the oldest may come first."""
    ids = [
        await backend.fail(messages.order(f"QC-{number}"), attributes={"version": f"{number % 2}.0"})
        for number in range(4)
    ]

    async def listed(**query: str) -> list[str]:
        page = await parse_response(await api.get("/failed", params=query))
        return [each["id"] for each in page["items"]]

    assert await listed(version="1.0", sort="oldest") == [ids[1], ids[3]]
    assert await listed(source="QC-SMF", sort="newest") == ids[::-1]
    assert await listed(source="SLICK") == []
    assert await listed(until="2020-01-01T00:00:00Z") == []
    assert await listed(since="2020-01-01T00:00:00+07:00", status="OPEN", sort="oldest") == ids
    assert (await api.get("/failed", params={"since": "2020-01-01T00:00"})).is_client_error


async def test_a_list_is_paged_by_cursor(backend: ConsoleBackend, api: httpx2.AsyncClient) -> None:
    """Each page goes on where the last one ended, until there is no next; a made-up cursor is refused."""
    ids = [await backend.fail(messages.order(f"QC-{number}")) for number in range(5)]

    page = await parse_response(await api.get("/failed", params={"limit": 2}))
    found = [each["id"] for each in page["items"]]
    while page["next"]:
        page = await parse_response(await api.get("/failed", params={"limit": 2, "cursor": page["next"]}))
        found += [each["id"] for each in page["items"]]

    assert found == ids[::-1]
    assert (await parse_response(await api.get("/failed", params={"cursor": "made-up"}), 400))[
        "error"
    ] == "cursor.invalid"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/failed/{UNKNOWN}", 404),
        ("GET", f"/failed/{UNKNOWN}/payload", 404),
        ("GET", f"/groups/{UNKNOWN}", 404),
        ("GET", f"/runs/{UNKNOWN}", 404),
        ("GET", "/orders/QC-unknown", 404),
        ("POST", f"/failed/{UNKNOWN}/replay", 404),
        ("GET", "/failed/a%2Fb", 404),
        ("GET", "/failed/short", 422),
        ("POST", "/failed/short/replay", 422),
        ("GET", "/failed?status=LOST", 422),
    ],
)
async def test_what_does_not_exist_is_not_found(
    api: httpx2.AsyncClient, method: str, path: str, status: int
) -> None:
    """An unknown id is 404, and what cannot be an id is refused before it is looked up."""
    assert (await api.request(method, path, json={} if method == "POST" else None)).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": "application/json", "origin": "https://evil.example"}, 403),
        ({"content-type": "application/json", "origin": "null"}, 403),
        ({"content-type": "application/json", "origin": HOST}, 200),
        ({"content-type": "application/json; charset=utf-8"}, 200),
    ],
    ids=str,
)
async def test_actions_are_refused_from_other_sites(
    backend: ConsoleBackend, api: httpx2.AsyncClient, headers: dict[str, str], status: int
) -> None:
    """An action must be JSON, and where a browser sends it, from a page of the console itself."""
    message_id = await backend.fail(ORDER)

    answer = await api.post(f"/failed/{message_id}/discard", content=b'{"reason": "a test"}', headers=headers)

    assert answer.status_code == status


async def test_the_api_describes_itself(api: httpx2.AsyncClient) -> None:
    """Every path is in the OpenAPI document, each operation with a summary, and no action is a GET."""
    described = await parse_response(await api.get("/openapi.json"))

    actions = ("unmask", "replay", "discard", "advance", "cancel", "retry-deferred", "preflight")
    for path, operations in described["paths"].items():
        assert all(operation["description"] for operation in operations.values())
        if path.rpartition("/")[2] in actions:
            assert operations.keys() == {"post"}
    assert len(described["paths"]) >= 18


async def test_the_function_serves_the_api(backend: ConsoleBackend) -> None:
    """Loaded as its runtime loads it, the console answers its own paths."""
    keyset = Path(backend.creation.environ["KEYSET_FILE"])
    environ = function_environment(backend.settings.project, backend.creation.emulators, keyset, {})
    application = function_application("console", environ | {"FUNCTION_URLS": "{}"})
    message_id = await backend.fail(ORDER)

    transport = httpx2.ASGITransport(app=application)
    async with httpx2.AsyncClient(transport=transport, base_url=HOST) as client:
        listed = await parse_response(await client.get("/api/failed"))
        refused = await client.post("/api/failed", json={})

    assert [each["id"] for each in listed["items"]] == [message_id]
    assert refused.is_client_error
