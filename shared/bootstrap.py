"""The one place that puts a function together: settings, adapters, pipeline, once per instance."""

import asyncio
import gc
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from random import Random

import functions_framework.aio
import httpx2
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.adapters import trace_context
from shared.adapters.channel import open_channel
from shared.adapters.cipher import Cipher, read_keyset
from shared.adapters.failure_reports import FailureReports
from shared.adapters.firestore.cases import Cases
from shared.adapters.firestore.delivery_failures import DeliveryFailures
from shared.adapters.firestore.edits import Edits
from shared.adapters.firestore.failed_messages import FailedMessages
from shared.adapters.firestore.groups import FailureGroups
from shared.adapters.firestore.query import FirestoreQueries
from shared.adapters.firestore.register import FailureRegister
from shared.adapters.firestore.rpc import EMULATOR_OWNER, FirestoreRpc
from shared.adapters.firestore.runs import Runs
from shared.adapters.firestore.sent_marks import SentMarks
from shared.adapters.firestore.store import FirestoreStore
from shared.adapters.functions import Functions
from shared.adapters.pubsub import PubsubPublisher
from shared.adapters.webhook import Webhook
from shared.errors import NotAPush, PushTooLarge
from shared.messages.function_answer import PREFLIGHT_PATH
from shared.observability import Observability, observe
from shared.pipeline.answer import Answerer, SubscriptionPolicy
from shared.pipeline.dead_letters import DeadLetters
from shared.pipeline.own_project import of_own_project
from shared.pipeline.ports import Clock, Process, Publisher, Store
from shared.pipeline.preflight import preflight
from shared.pipeline.process import Pipeline
from shared.pipeline.request_body import read_body
from shared.pipeline.responses import ForecastOf, forecast_response, push_response
from shared.pipeline.route import Routes
from shared.review.assembly import ReviewAdapters, assembled
from shared.review.review import Review
from shared.settings import ConsoleSettings, Settings

GARBAGE = 10_000
"""Objects allocated and not freed before the collector looks for cycles among them: some messages' worth."""

HttpFunction = Callable[[Request], Awaitable[Response]]


def utc_now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """What a function talks to; made of its settings within the running event loop."""

    settings: Settings
    store: FirestoreStore
    failures: DeliveryFailures
    failed_messages: FailedMessages
    cases: Cases
    groups: FailureGroups
    edits: Edits
    runs: Runs
    publisher: PubsubPublisher


def connect(settings: Settings) -> Adapters:
    """Open channels and make the adapters over them."""
    cipher = Cipher(read_keyset(settings.keyset_file))
    account = settings.credentials_file
    channel = open_channel(settings.firestore_emulator, "firestore.googleapis.com", account)
    owner = EMULATOR_OWNER if settings.firestore_emulator else ()
    rpc = FirestoreRpc(channel, settings.project, metadata=owner)
    queries = FirestoreQueries(channel, settings.project, metadata=owner)
    publisher = PubsubPublisher(
        open_channel(settings.pubsub_emulator, "pubsub.googleapis.com", account), settings.project
    )
    return Adapters(
        settings=settings,
        store=FirestoreStore(rpc, cipher, SentMarks(rpc, utc_now).add),
        failures=DeliveryFailures(rpc),
        failed_messages=FailedMessages(rpc, cipher),
        cases=Cases(rpc, queries),
        groups=FailureGroups(rpc, queries),
        edits=Edits(rpc, queries, cipher),
        runs=Runs(rpc, queries),
        publisher=publisher,
    )


def consumer(routes: Routes) -> HttpFunction:
    """Make the HTTP function that consumes messages by these routes, and can be asked what it would do."""

    def make_process(adapters: Adapters, store: Store, publisher: Publisher) -> Process:
        settings = adapters.settings
        return of_own_project(settings.project, _pipeline(routes, settings, store, publisher).process)

    def make_forecast(adapters: Adapters) -> ForecastOf:
        dry = partial(make_process, adapters)
        return lambda envelope: preflight(dry, adapters.store, envelope)

    return _function(
        lambda adapters, watch: make_process(
            adapters, watch.store(adapters.store), watch.publisher(adapters.publisher)
        ),
        make_forecast,
    )


def dead_letter_consumer() -> HttpFunction:
    """Make the HTTP function that stores dead letters."""
    return _function(
        lambda adapters, watch: of_own_project(
            adapters.settings.project, _dead_letters(adapters, watch).process
        )
    )


def console(build: Callable[[Review, ConsoleSettings], ASGIApp]) -> HttpFunction:
    """Make the HTTP function that hands its requests to an application over the review."""
    settings = ConsoleSettings.read(os.environ)
    application = cache(lambda: build(connect_review(settings, httpx2.AsyncClient()), settings))

    async def handle(_: Request) -> Response:
        return Delegated(application())

    return functions_framework.aio.http(handle)  # type: ignore[no-any-return]  # the framework is untyped


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
    adapters = connect(settings)
    parts = ReviewAdapters(
        store=adapters.store,
        failed_messages=adapters.failed_messages,
        cases=adapters.cases,
        groups=adapters.groups,
        edits=adapters.edits,
        runs=adapters.runs,
        functions=Functions(http, settings.urls, settings.project),
    )
    return assembled(settings, parts, clock)


def _pipeline(routes: Routes, settings: Settings, store: Store, publisher: Publisher) -> Pipeline:
    return Pipeline(
        routes=routes,
        topics=_topics(settings),
        store=store,
        publisher=publisher,
        clock=utc_now,
        random=Random(),  # noqa: S311 - spreads retries, keeps no secret
        sleep=asyncio.sleep,
    )


def _dead_letters(adapters: Adapters, watch: Observability) -> DeadLetters:
    settings = adapters.settings
    alert = settings.alert_webhook_url and Webhook(settings.alert_webhook_url, utc_now)
    return DeadLetters(
        topics=_topics(settings),
        failures=adapters.failures,
        failed_messages=adapters.failed_messages,
        register=FailureRegister(adapters.cases, adapters.groups),
        reports=watch.counting(
            FailureReports(settings.service, settings.revision, alert.alert if alert else None)
        ),
        clock=utc_now,
    )


def _topics(settings: Settings) -> dict[str, str]:
    return {name: each.topic for name, each in settings.subscriptions.items()}


def _function(
    make_process: Callable[[Adapters, Observability], Process],
    make_forecast: Callable[[Adapters], ForecastOf] | None = None,
) -> HttpFunction:
    settings = Settings.read(os.environ)

    _spare_collector()

    # Both at the first request, because channels belong to the running event loop.
    adapters = cache(lambda: connect(settings))

    @cache
    def answerer() -> Answerer:
        watch = observe(settings, utc_now)
        return Answerer(
            process=watch.following(make_process(adapters(), watch)),
            subscriptions=_policies(settings),
            failures=adapters().failures,
            publisher=adapters().publisher,
            clock=utc_now,
            log=watch.answered,
        )

    async def handle(request: Request) -> Response:
        trace_context.follow(trace_context.of_request(request.headers))
        try:
            body = await read_body(request)
        except (NotAPush, PushTooLarge) as error:
            return push_response(answerer().refuse(error))
        if request.url.path == PREFLIGHT_PATH and make_forecast is not None:
            return await forecast_response(make_forecast(adapters()), body)
        return push_response(await answerer().answer_in_full(body))

    return functions_framework.aio.http(handle)  # type: ignore[no-any-return]  # the framework is untyped


def _spare_collector() -> None:
    """Keep the garbage collector off what lives as long as the process, and from running within a message.

    What is imported is a hundred times what a message allocates; to walk it takes as long as some messages.
    """
    gc.freeze()
    gc.set_threshold(GARBAGE)


def _policies(settings: Settings) -> dict[str, SubscriptionPolicy]:
    return {
        name: SubscriptionPolicy(
            topic=each.topic,
            dead_letter_topic=each.dead_letter_topic,
            dead_letters_rejections=each.on_reject == "dead_letter" and each.dead_letter_topic is not None,
        )
        for name, each in settings.subscriptions.items()
    }
