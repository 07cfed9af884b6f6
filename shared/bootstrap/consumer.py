"""Functions that consume messages."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from random import Random

from shared.bootstrap.adapters import Adapters, utc_now
from shared.bootstrap.push_function import HttpFunction, build_push_function, subscription_topics
from shared.consumer.dry_run import dry_run
from shared.consumer.middleware import (
    consumer_middleware,
    require_producer,
    require_project,
    wrap,
    wrap_publisher,
    wrap_store,
)
from shared.consumer.ports import Process, Publisher, Store
from shared.consumer.processor import Processor
from shared.consumer.push_http import DryRun
from shared.consumer.routes import Routes
from shared.settings import Settings
from shared.telemetry.setup import Telemetry


def build_consumer(routes: Routes) -> HttpFunction:
    """Build the HTTP function that consumes messages by these routes, and answers dry runs."""

    def build_process(adapters: Adapters, telemetry: Telemetry) -> Process:
        processor = build_processor(
            routes,
            adapters.settings,
            wrap_store(adapters.store, telemetry),
            wrap_publisher(adapters.publisher, telemetry),
            topics=subscription_topics(adapters.settings),
        )
        middleware = consumer_middleware(
            adapters.settings.project, _producers(adapters.settings), telemetry, utc_now
        )
        return wrap(processor.process, middleware)

    def build_dry_run(adapters: Adapters) -> DryRun:
        def build_dry_process(store: Store, publisher: Publisher) -> Process:
            processor = build_processor(
                routes, adapters.settings, store, publisher, topics=subscription_topics(adapters.settings)
            )
            checks = (
                require_project(adapters.settings.project),
                require_producer(_producers(adapters.settings)),
            )
            return wrap(processor.process, checks)

        return lambda envelope: dry_run(build_dry_process, adapters.store, envelope)

    return build_push_function(build_process, build_dry_run)


def build_processor(
    routes: Routes,
    settings: Settings,
    store: Store,
    publisher: Publisher,
    *,
    topics: Mapping[str, str],
) -> Processor:
    """Build the processor of some routes; `topics` has the topic of each subscription, by its short name."""
    return Processor(
        routes=routes,
        topics=topics,
        catch_alls={name for name, each in settings.subscriptions.items() if each.catch_all},
        store=store,
        publisher=publisher,
        clock=utc_now,
        random=Random(),  # noqa: S311 - spreads retries, keeps no secret
        sleep=asyncio.sleep,
        max_ahead=timedelta(seconds=settings.max_ahead_seconds),
        shop_currency=settings.default_currency,
        min_order_version=settings.min_order_version,
        lost_period=settings.lost_period,
        time_zone=settings.default_time_zone,
    )


def _producers(settings: Settings) -> dict[str, tuple[str, ...]]:
    return {name: each.producers for name, each in settings.subscriptions.items()}
