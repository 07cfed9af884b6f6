"""The HTTP function around a process: reads the push, answers it, keeps one set of adapters per instance."""

import gc
import os
from collections.abc import Awaitable, Callable
from functools import cache
from typing import TYPE_CHECKING

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.bootstrap.adapters import Adapters, connect, utc_now
from shared.bootstrap.observability import Observability, observe
from shared.consumer.function_answer import PREFLIGHT_PATH
from shared.consumer.ports import Process
from shared.consumer.push_handler import PushHandler, SubscriptionPolicy
from shared.consumer.request_body import read_body
from shared.consumer.responses import DryRun, forecast_response, push_response
from shared.errors import NotAPush, PushTooLarge, Unidentified
from shared.privacy.keysets import load_cipher
from shared.settings import Settings
from shared.telemetry import trace_context

if TYPE_CHECKING:
    from shared.gcp.oidc import TokenVerifier

HttpFunction = Callable[[Request], Awaitable[Response]]


def push_function(
    make_process: Callable[[Adapters, Observability], Process],
    make_forecast: Callable[[Adapters], DryRun] | None = None,
) -> HttpFunction:
    """Make an HTTP function of a process, and of a forecast where it can be asked for one."""
    settings = Settings.read(os.environ)
    load_cipher(settings)  # without its keys a function does not even start
    gc.freeze()  # to walk what was imported takes as long as some messages

    verifier = _token_verifier(settings)

    # Both at the first request, because channels belong to the running event loop.
    adapters = cache(lambda: connect(settings))

    @cache
    def push_handler() -> PushHandler:
        watch = observe(settings, utc_now)
        return PushHandler(
            process=watch.following(make_process(adapters(), watch)),
            subscriptions=_policies(settings),
            failures=adapters().failures,
            publisher=adapters().publisher,
            clock=utc_now,
            log=watch.answered,
        )

    async def handle(request: Request) -> Response:
        trace_context.follow(trace_context.of_request(request.scope["headers"]))
        try:
            if verifier is not None:
                await verifier.verify(request.headers.get("authorization", ""))
            body = await read_body(request)
        except (NotAPush, PushTooLarge, Unidentified) as error:
            return push_response(push_handler().refuse(error))
        if request.scope["path"] == PREFLIGHT_PATH and make_forecast is not None:
            return await forecast_response(make_forecast(adapters()), body)
        return push_response(await push_handler().handle(body))

    return functions_framework.aio.http(handle)  # type: ignore[no-any-return]  # the framework is untyped


def _token_verifier(settings: Settings) -> "TokenVerifier | None":
    if not settings.push_accounts:
        return None
    from shared.gcp.oidc import TokenVerifier  # noqa: PLC0415 - imported only where accounts are set

    return TokenVerifier(settings.push_audience, settings.push_accounts)


def topics(settings: Settings) -> dict[str, str]:
    """Name the topic of each subscription."""
    return {name: each.topic for name, each in settings.subscriptions.items()}


def _policies(settings: Settings) -> dict[str, SubscriptionPolicy]:
    return {
        name: SubscriptionPolicy(
            topic=each.topic,
            dead_letter_topic=each.dead_letter_topic,
            dead_letters_rejections=each.on_reject == "dead_letter" and each.dead_letter_topic is not None,
        )
        for name, each in settings.subscriptions.items()
    }
