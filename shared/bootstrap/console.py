"""The console: an application of its own over the review of failed messages."""

import os
from collections.abc import Callable
from functools import cache

import functions_framework.aio
import httpx2
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.bootstrap.adapters import connect, utc_now
from shared.bootstrap.console_services import ReviewAdapters, assembled
from shared.bootstrap.push_function import HttpFunction
from shared.bootstrap.queries import queries_of
from shared.consumer.ports import Clock
from shared.failed_messages.access_denial_store import DeniedAttemptsRegister
from shared.failed_messages.bulk_operation_store import Runs
from shared.failed_messages.dead_letter_store import FailedMessages
from shared.failed_messages.edits import Edits
from shared.failed_messages.failure_groups import FailureGroups
from shared.failed_messages.function_client import Functions
from shared.failed_messages.repository import Cases
from shared.failed_messages.services import Review
from shared.privacy.keysets import load_cipher
from shared.settings import ConsoleSettings


def console(build: Callable[[Review, ConsoleSettings], ASGIApp]) -> HttpFunction:
    """Make the HTTP function that hands its requests to an application over the review."""
    settings = ConsoleSettings.read(os.environ)
    load_cipher(settings)  # without its keys it does not even start
    application = cache(lambda: build(connect_review(settings, _client()), settings))

    async def handle(_: Request) -> Response:
        return Delegated(application())

    return functions_framework.aio.http(handle)  # type: ignore[no-any-return]  # the framework is untyped


def _client() -> httpx2.AsyncClient:
    """Make a client that leaves idle connections before a function's server closes them, after 2 s."""
    return httpx2.AsyncClient(limits=httpx2.Limits(keepalive_expiry=1.0))


class Delegated(Response):
    """An answer that an application of its own gives."""

    def __init__(self, application: ASGIApp) -> None:
        super().__init__()
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, as if the framework had not routed the request before."""
        routed = ("app", "router", "endpoint", "path_params", "route")
        fresh = {name: value for name, value in scope.items() if name not in routed}
        await self._application(fresh, receive, send)


def connect_review(settings: ConsoleSettings, http: httpx2.AsyncClient, clock: Clock = utc_now) -> Review:
    """Make the review of failed messages, which calls functions by `http`; within the running event loop."""
    return assembled(settings, review_adapters(settings, http), clock)


def review_adapters(settings: ConsoleSettings, http: httpx2.AsyncClient) -> ReviewAdapters:
    """Make what the review reads, writes and calls."""
    adapters = connect(settings)
    rpc = adapters.rpc
    queries = queries_of(adapters)
    return ReviewAdapters(
        store=adapters.store,
        failed_messages=FailedMessages(rpc, adapters.cipher),
        cases=Cases(rpc, queries),
        groups=FailureGroups(rpc, queries),
        edits=Edits(rpc, queries, adapters.cipher),
        runs=Runs(rpc, queries),
        denied_attempts=DeniedAttemptsRegister(rpc, queries),
        functions=Functions(http, settings.urls, settings.project),
    )
