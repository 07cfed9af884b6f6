"""Everything a viewer can read of the console: pages by their links, and the API by its description."""

import re
from collections.abc import Iterable

import httpx2

LINK = re.compile(r'(?:href|hx-get)="(/[^"#]*)"')


async def pages(http: httpx2.AsyncClient, starts: Iterable[str]) -> dict[str, bytes]:
    """Follow all links from the first pages; return headers and content of each page, by its address.

    Links to actions on closed messages answer with a refusal, which is read as well; a part of a page that is
    polled answers 204 while it is unchanged.
    """
    seen: dict[str, bytes] = {}
    waiting = list(starts)
    while waiting:
        path = waiting.pop()
        if path in seen or path.startswith("/static"):
            continue
        answer = await http.get(path, follow_redirects=True)
        assert answer.status_code in {200, 204, 404, 409}, (path, answer.status_code)
        seen[path] = repr(answer.headers.raw).encode() + answer.content
        waiting += [each.replace("&amp;", "&") for each in LINK.findall(answer.text)]
    return seen


async def readings(http: httpx2.AsyncClient, orders: Iterable[str]) -> dict[str, bytes]:
    """Read what the API answers about failed messages, groups, runs and orders, by address."""
    messages = (await http.get("/api/failed", params={"limit": 200})).json()["items"]
    groups = (await http.get("/api/groups")).json()["items"]
    addresses = [
        *("/api/openapi.json", "/api/failed?limit=200", "/api/groups", "/api/subscriptions", "/api/runs"),
        *(f"/api/failed/{each['id']}{part}" for each in messages for part in ("", "/payload", "/edits")),
        *(f"/api/groups/{each['group']['id']}{part}" for each in groups for part in ("", "/trend")),
        *(f"/api/orders/{each}" for each in orders),
    ]
    answers = {each: await http.get(each) for each in addresses}
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code != 200} == {}
    return {name: repr(each.headers.raw).encode() + each.content for name, each in answers.items()}
