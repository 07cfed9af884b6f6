"""The console's services, built over Firestore and the functions."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

import httpx2

from shared.bootstrap.adapters import Adapters
from shared.bootstrap.consumer import build_processor
from shared.bootstrap.notifications import build_notifications
from shared.bootstrap.queries import build_queries
from shared.consumer.deadline_sweep import ROUTES, SUBSCRIPTION, DeadlineSweep
from shared.consumer.exception_alerts import ExceptionAlerts
from shared.consumer.ports import Clock
from shared.failed_messages.access_denials import AccessDenialLog
from shared.failed_messages.audit_log import AuditLog
from shared.failed_messages.automatic_replay import AutomaticReplay
from shared.failed_messages.automatic_replay_pauses import AutomaticReplayPauses
from shared.failed_messages.bulk_operation_store import BulkOperationStore
from shared.failed_messages.bulk_operations import BulkOperations
from shared.failed_messages.bulk_selection import BulkSelection
from shared.failed_messages.comparison import Comparisons
from shared.failed_messages.console_services import ConsoleServices
from shared.failed_messages.customer_searches import CustomerSearches
from shared.failed_messages.edits import Edits
from shared.failed_messages.failure_groups import FailureGroups
from shared.failed_messages.failure_reports import FailureReports
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
from shared.gcp.firestore.query import FirestoreQueries
from shared.settings import ConsoleSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What several of the services use."""

    settings: ConsoleSettings
    adapters: Adapters
    clock: Clock
    queries: FirestoreQueries
    repository: FailedMessageRepository
    messages: FailedMessageService
    failure_groups: FailureGroups
    orders: Orders
    searches: CustomerSearches


def build_services(
    settings: ConsoleSettings, adapters: Adapters, http: httpx2.AsyncClient, clock: Clock
) -> ConsoleServices:
    """Build the services; they call functions by `http`."""
    parts = _build_parts(settings, adapters, http, clock)
    overview = Overview(
        repository=parts.repository,
        failure_groups=parts.failure_groups,
        functions=settings.functions,
        clock=clock,
    )
    audit = AuditLog(adapters.rpc, parts.queries)
    return ConsoleServices(
        overview=overview,
        messages=parts.messages,
        bulk=_build_bulk_operations(parts),
        automatic_replay=_build_automatic_replay(parts),
        deadlines=_build_deadline_sweep(parts),
        orders=parts.orders,
        search=_build_search(parts),
        searches=parts.searches,
        comparisons=Comparisons(messages=parts.messages, orders=parts.orders),
        audit=audit,
        growth=_build_growth_check(parts),
        reports=ProducerReports(overview=overview, messages=parts.messages, audit=audit, clock=clock),
        denials=AccessDenialLog(adapters.rpc, parts.queries, clock),
    )


def _build_parts(
    settings: ConsoleSettings, adapters: Adapters, http: httpx2.AsyncClient, clock: Clock
) -> _Parts:
    rpc, queries = adapters.rpc, build_queries(adapters)
    repository = FailedMessageRepository(rpc, queries, adapters.cipher)
    return _Parts(
        settings=settings,
        adapters=adapters,
        clock=clock,
        queries=queries,
        repository=repository,
        messages=FailedMessageService(
            repository=repository,
            edits=Edits(rpc, queries, adapters.cipher),
            functions=FunctionClient(http, settings.urls, settings.project),
            clock=clock,
            new_id=_new_id,
        ),
        failure_groups=FailureGroups(rpc, queries),
        orders=Orders(store=adapters.store, repository=repository, queries=queries, cipher=adapters.cipher),
        searches=CustomerSearches(rpc, queries),
    )


def _build_bulk_operations(parts: _Parts) -> BulkOperations:
    selection = BulkSelection(repository=parts.repository)
    return BulkOperations(
        store=BulkOperationStore(parts.adapters.rpc, parts.queries),
        selection=selection,
        messages=parts.messages,
        repairs=Repairs(messages=parts.messages, selection=selection),
        clock=parts.clock,
        new_id=_new_id,
    )


def _build_automatic_replay(parts: _Parts) -> AutomaticReplay:
    settings, notifications = parts.settings, build_notifications(parts.adapters, parts.clock)
    return AutomaticReplay(
        subscriptions=parts.settings.automatic_replay,
        pauses=AutomaticReplayPauses(parts.adapters.rpc),
        repository=parts.repository,
        messages=parts.messages,
        notices=ProducerNotices(repository=parts.repository, publisher=parts.adapters.publisher),
        reports=FailureReports(settings.service, settings.revision, notifications),
        clock=parts.clock,
        first_wait=timedelta(seconds=parts.settings.deferred_retry_seconds),
    )


def _build_deadline_sweep(parts: _Parts) -> DeadlineSweep:
    processor = build_processor(
        ROUTES,
        parts.settings,
        parts.adapters.store,
        ExceptionAlerts(parts.adapters.publisher),
        topics={SUBSCRIPTION: SUBSCRIPTION},
    )
    return DeadlineSweep(
        queries=parts.queries,
        process=replace(processor, clock=parts.clock).process,
        project=parts.settings.project,
        clock=parts.clock,
    )


def _build_search(parts: _Parts) -> Search:
    return Search(
        repository=parts.repository,
        failure_groups=parts.failure_groups,
        orders=parts.orders,
        searches=parts.searches,
        clock=parts.clock,
        new_id=_new_id,
    )


def _build_growth_check(parts: _Parts) -> GrowthCheck:
    return GrowthCheck(
        groups=parts.failure_groups,
        repository=parts.repository,
        notifications=build_notifications(parts.adapters, parts.clock),
        clock=parts.clock,
    )


def _new_id() -> str:
    return uuid4().hex
