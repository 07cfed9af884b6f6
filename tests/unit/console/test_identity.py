"""Who sends a request to the console, and what the schedule may do."""

import base64
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import Depends, FastAPI, Request

from shared.gcp.iap import IapVerifier
from shared.gcp.signing_keys import SigningKeys
from tests.signed_identity import AUDIENCE, KEY_ID, assertion, claims, public_pem, signed_in
from web.identity import Identity, current_user
from web.roles import Role, require_role

HOST = "console.example"
SCHEDULE = "schedule@p.iam.gserviceaccount.com"


class Denials:
    """Accepts what is recorded."""

    async def record(self, attempt: object) -> None:
        """Record an attempt."""


class Services:
    """The services that a denied attempt needs."""

    denials = Denials()


def token(signature: str = "SIGNATURE_REMOVED_BY_GOOGLE", **changed: Any) -> dict[str, str]:
    """Return the header of a token as Cloud Run hands it on, with some claims replaced."""
    payload = {
        "iss": "https://accounts.google.com",
        "aud": f"https://{HOST}",
        "email": SCHEDULE,
        "email_verified": True,
        "exp": int(time.time()) + 600,
        **changed,
    }
    parts = ({"alg": "RS256", "kid": "1"}, payload)
    written = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in parts]
    return {"authorization": f"Bearer {'.'.join([*written, signature])}"}


@pytest.fixture
async def console() -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client of a deployed application with a route for the schedule and one for approvers."""
    keys = SigningKeys(lambda: {KEY_ID: public_pem()})
    async with client_of(Identity(IapVerifier(AUDIENCE, keys), SCHEDULE)) as client:
        yield client


@pytest.fixture
async def local_console() -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client of the same application on the local stack, where no one signs in."""
    async with client_of(None) as client:
        yield client


def client_of(identity: Identity | None) -> httpx2.AsyncClient:
    """Return a client of an application that identifies its users so."""
    application = FastAPI()
    application.state.identity = identity
    application.state.roles = {}
    application.state.services = Services()

    @application.get("/who")
    async def who(request: Request, user: Annotated[str, Depends(current_user)]) -> str:
        return user

    @application.post("/scheduled", dependencies=[require_role(Role.OPERATOR, "retry", scheduled=True)])
    async def scheduled() -> None:
        return None

    @application.post("/people", dependencies=[require_role(Role.VIEWER)])
    async def people() -> None:
        return None

    transport = httpx2.ASGITransport(app=application)
    return httpx2.AsyncClient(transport=transport, base_url=f"http://{HOST}")


async def test_a_signed_header_names_the_user(console: httpx2.AsyncClient) -> None:
    """A person who passed the proxy may use both routes where no roles are configured."""
    headers = signed_in("ann@example.com")

    assert (await console.get("/who", headers=headers)).json() == "ann@example.com"
    assert (await console.post("/people", headers=headers)).status_code == 200
    assert (await console.post("/scheduled", headers=headers)).status_code == 200


async def test_the_schedule_may_use_its_own_routes_alone(console: httpx2.AsyncClient) -> None:
    """A token without its signature starts what is due, and nothing else."""
    assert (await console.post("/scheduled", headers=token())).status_code == 200
    assert (await console.post("/people", headers=token())).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-goog-authenticated-user-email": "accounts.google.com:ann@example.com"},
        {"x-goog-iap-jwt-assertion": ""},
        {"x-goog-iap-jwt-assertion": "made.up.header", **token()},
        {"x-goog-iap-jwt-assertion": assertion(claims(aud="/projects/9")), **token()},
        {"authorization": "Basic x"},
        {"authorization": "Bearer SIGNATURE_REMOVED_BY_GOOGLE"},
        token(signature=""),
        token(signature="bWFkZSB1cA"),
        token(aud="https://other.example"),
        token(iss="https://other.example"),
        token(email="other@p.iam.gserviceaccount.com"),
        token(email_verified=False),
        token(exp=int(time.time()) - 1),
        token(exp="never"),
    ],
)
async def test_no_other_header_proves_an_identity(
    console: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    """Plain headers, forged assertions and tokens that Cloud Run did not verify answer 401 everywhere."""
    for path in ("/scheduled", "/people"):
        assert (await console.post(path, headers=headers)).status_code == 401


@pytest.mark.parametrize(
    ("host", "user"),
    [
        ("ann.localhost:8080", "ann"),
        ("bob.localhost", "bob"),
        ("localhost:8080", "local"),
        ("127.0.0.1:8080", "local"),
        ("[::1]:8080", "local"),
        ("ann.example.com", "local"),
    ],
)
async def test_the_address_names_the_user_of_the_local_stack(
    local_console: httpx2.AsyncClient, host: str, user: str
) -> None:
    """One person acts as two at two addresses of the same machine."""
    assert (await local_console.get("/who", headers={"host": host})).json() == user


async def test_deployed_an_address_names_no_user(console: httpx2.AsyncClient) -> None:
    """Only the proxy's signed header does."""
    assert (await console.get("/who", headers={"host": "ann.localhost"})).status_code == 401
    headers = {"host": "bob.localhost", **signed_in("ann@example.com")}
    assert (await console.get("/who", headers=headers)).json() == "ann@example.com"
