"""The HTTP function around a process: it reads each push and answers it."""

import gc
import os
from collections.abc import Awaitable, Callable
from functools import cache
from typing import TYPE_CHECKING

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.bootstrap.adapters import Adapters, connect, load_settings, utc_now
from shared.consumer.bytes_in_flight import BytesInFlight
from shared.consumer.failure_handler import FailureHandler
from shared.consumer.function_answer import DRY_RUN_PATH
from shared.consumer.ports import Process
from shared.consumer.push_handler import PushHandler
from shared.consumer.push_http import DryRun, dry_run_response, push_response, read_body
from shared.errors import NotAPush, Overloaded, PushTooLarge, Unidentified
from shared.settings import Settings
from shared.telemetry import trace_context
from shared.telemetry.setup import Telemetry, build_telemetry

if TYPE_CHECKING:
    from shared.gcp.oidc import TokenVerifier

HttpFunction = Callable[[Request], Awaitable[Response]]


def build_push_function(
    build_process: Callable[[Adapters, Telemetry], Process],
    build_dry_run: Callable[[Adapters], DryRun] | None = None,
) -> HttpFunction:
    """Build an HTTP function around a process, with a dry run where the function offers one."""
    settings = load_settings(Settings, os.environ)
    gc.freeze()  # garbage collection skips the imported objects: to walk them takes as long as some messages

    verifier = _build_token_verifier(settings)
    bytes_in_flight = BytesInFlight()

    # Both are built at the first request, because channels belong to the running event loop.
    adapters = cache(lambda: connect(settings))
    push_handler = cache(lambda: _build_push_handler(adapters(), build_process))

    async def handle(request: Request) -> Response:
        trace_context.set_current_trace(trace_context.parse_request_trace(request.scope["headers"]))
        with bytes_in_flight.start_request() as reserved:
            try:
                if verifier is not None:
                    await verifier.verify(request.headers.get("authorization", ""))
                body = await read_body(request, reserved)
            except (NotAPush, PushTooLarge, Unidentified, Overloaded) as error:
                return push_response(push_handler().refuse(error))
            if request.scope["path"] == DRY_RUN_PATH and build_dry_run is not None:
                return await dry_run_response(build_dry_run(adapters()), body)
            return push_response(await push_handler().handle(body))

    return functions_framework.aio.http(handle)  # type: ignore[no-any-return]  # the framework is untyped


def _build_push_handler(
    adapters: Adapters, build_process: Callable[[Adapters, Telemetry], Process]
) -> PushHandler:
    telemetry = build_telemetry(adapters.settings, utc_now)
    return PushHandler(
        process=build_process(adapters, telemetry),
        failure_handler=FailureHandler(
            adapters.settings.subscriptions, adapters.failures, adapters.publisher
        ),
        clock=utc_now,
        record=telemetry.record,
    )


def _build_token_verifier(settings: Settings) -> "TokenVerifier | None":
    if not settings.push_accounts:
        return None
    from shared.gcp.oidc import TokenVerifier  # noqa: PLC0415 - imported only where accounts are set

    return TokenVerifier(settings.push_audience, settings.push_accounts)


def subscription_topics(settings: Settings) -> dict[str, str]:
    """Return the topic of each subscription."""
    return {name: each.topic for name, each in settings.subscriptions.items()}
