"""Functions that consume messages."""

import asyncio
from datetime import timedelta
from functools import partial
from random import Random

from shared.bootstrap.adapters import Adapters, utc_now
from shared.bootstrap.push_function import HttpFunction, push_function, topics
from shared.consumer.dry_run import preflight
from shared.consumer.exception_alerts import ExceptionAlerts
from shared.consumer.own_project import of_own_project
from shared.consumer.ports import Process, Publisher, Store
from shared.consumer.processor import Pipeline
from shared.consumer.responses import ForecastOf
from shared.consumer.routes import Routes
from shared.consumer.start_limiter import a_few_at_a_time
from shared.settings import Settings


def consumer(routes: Routes) -> HttpFunction:
    """Make the HTTP function that consumes messages by these routes, and can be asked what it would do."""

    def make_process(adapters: Adapters, store: Store, publisher: Publisher) -> Process:
        settings = adapters.settings
        pipeline = _pipeline(routes, settings, store, publisher)
        return of_own_project(settings.project, a_few_at_a_time(pipeline.process))

    def make_forecast(adapters: Adapters) -> ForecastOf:
        dry = partial(make_process, adapters)
        return lambda envelope: preflight(dry, adapters.store, envelope)

    return push_function(
        lambda adapters, watch: make_process(
            adapters, watch.store(adapters.store), ExceptionAlerts(watch.publisher(adapters.publisher))
        ),
        make_forecast,
    )


def _pipeline(routes: Routes, settings: Settings, store: Store, publisher: Publisher) -> Pipeline:
    return Pipeline(
        routes=routes,
        topics=topics(settings),
        store=store,
        publisher=publisher,
        clock=utc_now,
        random=Random(),  # noqa: S311 - spreads retries, keeps no secret
        sleep=asyncio.sleep,
        max_ahead=timedelta(seconds=settings.max_ahead_seconds),
    )
