"""The console function: one web application over the services."""

import os
from collections.abc import Callable
from functools import cache

import functions_framework.aio
import httpx2
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.bootstrap.adapters import connect, load_settings, utc_now
from shared.bootstrap.console_services import build_services
from shared.bootstrap.push_function import HttpFunction
from shared.consumer.ports import Clock
from shared.failed_messages.console_services import ConsoleServices
from shared.settings import ConsoleSettings


def build_console(build: Callable[[ConsoleServices, ConsoleSettings], ASGIApp]) -> HttpFunction:
    """Build the HTTP function that passes its requests to the application that `build` returns."""
    settings = load_settings(ConsoleSettings, os.environ)
    application = cache(lambda: build(connect_services(settings, _build_http_client()), settings))

    async def handle(_: Request) -> Response:
        return _Delegated(application())

    return functions_framework.aio.http(handle)  # type: ignore[no-any-return]  # the framework is untyped


def connect_services(
    settings: ConsoleSettings, http: httpx2.AsyncClient, clock: Clock = utc_now
) -> ConsoleServices:
    """Connect to what the settings name and build the services; call it within the running event loop."""
    return build_services(settings, connect(settings), http, clock)


def _build_http_client() -> httpx2.AsyncClient:
    """Close idle connections after 1 s: the functions' server closes them after 2 s."""
    return httpx2.AsyncClient(limits=httpx2.Limits(keepalive_expiry=1.0))


class _Delegated(Response):
    """A response that another application sends."""

    def __init__(self, application: ASGIApp) -> None:
        super().__init__()
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on without the routing that the framework added."""
        routed = ("app", "router", "endpoint", "path_params", "route")
        fresh = {name: value for name, value in scope.items() if name not in routed}
        await self._application(fresh, receive, send)
