"""The console's services, built over Firestore and the functions."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import httpx2

from shared.bootstrap.adapters import Adapters
from shared.bootstrap.consumer import build_processor
from shared.bootstrap.notifications import build_notifications
from shared.bootstrap.queries import build_queries
from shared.consumer.deadline_sweep import ROUTES, SUBSCRIPTION, DeadlineSweep
from shared.consumer.exception_alerts import ExceptionAlerts
from shared.failed_messages.access_denials import AccessDenialLog
from shared.failed_messages.audit_log import AuditLog
from shared.failed_messages.automatic_replay import AutomaticReplay
from shared.failed_messages.automatic_replay_pauses import AutomaticReplayPauses
from shared.failed_messages.bulk_operation_store import BulkOperationStore
from shared.failed_messages.bulk_operations import BulkOperations
from shared.failed_messages.bulk_selection import BulkSelection
from shared.failed_messages.comparison import Comparisons
from shared.failed_messages.customer_searches import CustomerSearches
from shared.failed_messages.edits import Edits
from shared.failed_messages.failure_groups import FailureGroups
from shared.failed_messages.function_client import FunctionClient
from shared.failed_messages.growth import GrowthCheck
from shared.failed_messages.orders import Orders
from shared.failed_messages.overview import Overview
from shared.failed_messages.producer_notices import ProducerNotices
from shared.failed_messages.producer_report import ProducerReports
from shared.failed_messages.repairs import Repairs
from shared.failed_messages.repository import FailedMessageRepository
from shared.failed_messages.search import Search
from shared.failed_messages.service import FailedMessageService
from shared.failed_messages.services import ConsoleServices
from shared.settings import ConsoleSettings


def build_services(
    settings: ConsoleSettings, adapters: Adapters, http: httpx2.AsyncClient, clock: Callable[[], datetime]
) -> ConsoleServices:
    """Build the services; they call functions by `http`."""
    rpc, queries = adapters.rpc, build_queries(adapters)
    repository = FailedMessageRepository(rpc, queries, adapters.cipher)
    messages = FailedMessageService(
        repository=repository,
        edits=Edits(rpc, queries, adapters.cipher),
        functions=FunctionClient(http, settings.urls, settings.project),
        clock=clock,
        new_id=_new_id,
    )
    selection = BulkSelection(repository=repository)
    failure_groups = FailureGroups(rpc, queries)
    orders = Orders(store=adapters.store, repository=repository, queries=queries, cipher=adapters.cipher)
    searches = CustomerSearches(rpc, queries)
    overview = Overview(
        repository=repository,
        failure_groups=failure_groups,
        functions=settings.functions,
        clock=clock,
    )
    return ConsoleServices(
        overview=overview,
        messages=messages,
        bulk=BulkOperations(
            store=BulkOperationStore(rpc, queries),
            selection=selection,
            messages=messages,
            repairs=Repairs(messages=messages, selection=selection),
            clock=clock,
            new_id=_new_id,
        ),
        automatic_replay=AutomaticReplay(
            subscriptions=settings.automatic_replay,
            pauses=AutomaticReplayPauses(rpc),
            repository=repository,
            messages=messages,
            notices=ProducerNotices(repository=repository, publisher=adapters.publisher),
            clock=clock,
            first_wait=timedelta(seconds=settings.deferred_retry_seconds),
        ),
        deadlines=_deadline_sweep(settings, adapters, clock),
        orders=orders,
        search=Search(
            repository=repository,
            failure_groups=failure_groups,
            orders=orders,
            searches=searches,
            clock=clock,
            new_id=_new_id,
        ),
        searches=searches,
        comparisons=Comparisons(messages=messages, orders=orders),
        audit=AuditLog(queries),
        growth=GrowthCheck(
            groups=failure_groups,
            repository=repository,
            notifications=build_notifications(adapters, clock),
            clock=clock,
        ),
        reports=ProducerReports(overview=overview, messages=messages),
        denials=AccessDenialLog(rpc, queries, clock),
    )


def _deadline_sweep(
    settings: ConsoleSettings, adapters: Adapters, clock: Callable[[], datetime]
) -> DeadlineSweep:
    processor = build_processor(
        ROUTES,
        settings,
        adapters.store,
        ExceptionAlerts(adapters.publisher),
        topics={SUBSCRIPTION: SUBSCRIPTION},
    )
    return DeadlineSweep(
        queries=build_queries(adapters),
        process=replace(processor, clock=clock).process,
        project=settings.project,
        clock=clock,
    )


def _new_id() -> str:
    return uuid4().hex
