"""The pages of the published contracts: found by any word, complete, and open to every signed-in person."""

import html
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import cache

import httpx2
import pytest
from fastapi import FastAPI

from pages.contract_view import contract_views
from pages.site import build_pages
from pages.traffic import TrafficSource
from shared.contracts.order_create import OrderCreate
from shared.contracts.published import read_asyncapi
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import new_keyset
from web.csrf import FormTokens
from web.identity import User

VIEWS = contract_views(read_asyncapi())


class Partner:
    """Identify every request as a person without an entry in the list of roles."""

    async def identify(self, _: object) -> User:
        """Return the person."""
        return User("partner@example.com")


def now() -> datetime:
    """Return a fixed time."""
    return datetime(2026, 1, 1, tzinfo=UTC)


@cache
def site_of_a_partner() -> FastAPI:
    """Return the pages alone, as a partner opens them."""
    pages = build_pages(FormTokens(Cipher(new_keyset()), now), TrafficSource(httpx2.AsyncClient(), None), now)
    pages.state.asyncapi = read_asyncapi()
    pages.state.identity = Partner()
    pages.state.roles = {"operator@example.com": "operator"}
    return pages


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client of the pages."""
    transport = httpx2.ASGITransport(site_of_a_partner())
    async with httpx2.AsyncClient(transport=transport, base_url="http://console") as found:
        yield found


async def test_every_contract_is_listed_and_has_a_page(client: httpx2.AsyncClient) -> None:
    """The list leads to each message, and its page names every field."""
    listed = (await client.get("/contracts")).text
    for key, view in VIEWS.items():
        assert f'href="/contracts/{key}"' in listed
        page = await client.get(f"/contracts/{key}")
        assert page.status_code == 200
        assert not [each.path for each in view.fields if f"<code>{each.path}</code>" not in page.text]


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("shopped carrier", set()),
        ("trackingNumber incoming", set()),
        ("serialNumbers", {"incoming.fulfillment-events.SHIP", "incoming.ship-events"}),
        ("ORDER.RELEASED", {"outgoing.order.released"}),
    ],
)
async def test_the_list_is_searched_by_words(
    client: httpx2.AsyncClient, term: str, expected: set[str]
) -> None:
    """A field, a name or a text finds its messages, whatever the case."""
    listed = (await client.get("/contracts", params={"q": term})).text

    assert set(re.findall(r'href="/contracts/((?:in|out)[^"]+)"', listed)) == expected


async def test_the_example_on_the_page_is_a_valid_order(client: httpx2.AsyncClient) -> None:
    """The function accepts what a producer copies from the page."""
    page = (await client.get("/contracts/incoming.order-create")).text
    payload = html.unescape(re.findall(r'<pre id="payload-example"[^>]*>(.*?)</pre>', page, re.DOTALL)[0])

    order = OrderCreate.parse(payload.encode(), {"shopCurrency": "THB"})

    assert order.order_id == json.loads(payload)["orderId"]


async def test_the_documents_are_served_as_they_are_in_the_repository(client: httpx2.AsyncClient) -> None:
    """Tools read the same JSON that people read as pages."""
    document = (await client.get("/contracts/asyncapi.json")).json()
    schema = (await client.get("/contracts/incoming.order-create/schema.json")).json()

    assert document == read_asyncapi()
    assert schema["$id"] == "urn:order-events:incoming:order-create:1"


@pytest.mark.parametrize("path", ["/contracts/incoming.order-hold", "/contracts/x/schema.json"])
async def test_an_unknown_contract_is_not_found(client: httpx2.AsyncClient, path: str) -> None:
    """A wrong link says so."""
    assert (await client.get(path)).status_code == 404
