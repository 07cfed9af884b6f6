"""What each role may do, by JSON and by forms; whoever tries more is refused and named in the log."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from tests import messages
from tests.emulator.reviewing import Reviewing, reviewing
from tests.stack.emulators import Emulators

pytestmark = pytest.mark.emulator

HOST = "http://console.example"
ROLES = {"vi@x": "viewer", "op@x": "operator", "ap@x": "approver"}


@pytest.fixture
async def desk(emulators: Emulators, project: str, tmp_path: Path) -> AsyncIterator[Reviewing]:
    """Yield the review over real functions."""
    async with reviewing(emulators, project, tmp_path) as desk:
        yield desk


@pytest.fixture
async def console(desk: Reviewing) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client of the console as it is deployed, where people have roles."""
    from application import build

    application = build(desk.review, desk.settings.model_copy(update={"roles": ROLES}))
    application.state.local = False
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=application), base_url=HOST) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/failed/{case}/preflight", {"op@x", "ap@x"}),
        ("/api/failed/{case}/discard", {"op@x", "ap@x"}),
        ("/api/failed/{case}/unmask", {"ap@x"}),
        ("/api/runs", {"ap@x"}),
    ],
)
async def test_a_role_decides_who_may_act(
    desk: Reviewing,
    console: httpx2.AsyncClient,
    capsys: pytest.CaptureFixture[str],
    path: str,
    allowed: set[str],
) -> None:
    """Everybody may look; one message is an operator's, many and personal data are an approver's."""
    case = await desk.fail(messages.order())
    denied = set()
    for person in (*ROLES, "nobody@x"):
        told = {"x-goog-authenticated-user-email": f"accounts.google.com:{person}"}
        assert (await console.get("/api/failed", headers=told)).status_code == 200
        answer = await console.post(path.format(case=case), json={"reason": "not needed"}, headers=told)
        if answer.status_code == 403:
            denied.add(person)

    assert denied == {*ROLES, "nobody@x"} - allowed
    assert capsys.readouterr().out.count('"message":"denied"') == len(denied)
