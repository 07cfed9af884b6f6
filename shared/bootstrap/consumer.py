"""Functions that consume messages."""

import asyncio
from datetime import timedelta
from functools import partial
from random import Random

from shared.bootstrap.adapters import Adapters, utc_now
from shared.bootstrap.push_function import HttpFunction, push_function, topics
from shared.consumer.dry_run import dry_run
from shared.consumer.exception_alerts import ExceptionAlerts
from shared.consumer.own_project import require_project
from shared.consumer.ports import Process, Publisher, Store
from shared.consumer.processor import Processor
from shared.consumer.responses import DryRun
from shared.consumer.routes import Routes
from shared.consumer.start_limiter import limit_starts
from shared.settings import Settings


def consumer(routes: Routes) -> HttpFunction:
    """Make the HTTP function that consumes messages by these routes, and can be asked what it would do."""

    def make_process(adapters: Adapters, store: Store, publisher: Publisher) -> Process:
        settings = adapters.settings
        processor = _make_processor(routes, settings, store, publisher)
        return require_project(settings.project, limit_starts(processor.process))

    def make_forecast(adapters: Adapters) -> DryRun:
        dry = partial(make_process, adapters)
        return lambda envelope: dry_run(dry, adapters.store, envelope)

    return push_function(
        lambda adapters, watch: make_process(
            adapters, watch.store(adapters.store), ExceptionAlerts(watch.publisher(adapters.publisher))
        ),
        make_forecast,
    )


def _make_processor(routes: Routes, settings: Settings, store: Store, publisher: Publisher) -> Processor:
    return Processor(
        routes=routes,
        topics=topics(settings),
        store=store,
        publisher=publisher,
        clock=utc_now,
        random=Random(),  # noqa: S311 - spreads retries, keeps no secret
        sleep=asyncio.sleep,
        max_ahead=timedelta(seconds=settings.max_ahead_seconds),
    )
