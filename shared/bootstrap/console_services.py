"""The review put together over the adapters it works with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from shared.consumer.firestore_store import FirestoreStore
from shared.failed_messages.access_denial_store import DeniedAttemptsRegister
from shared.failed_messages.access_denials import Denials
from shared.failed_messages.automatic_replay import DeferredRetries
from shared.failed_messages.bulk_operation_store import Runs
from shared.failed_messages.bulk_operations import ReplayRuns
from shared.failed_messages.compare_and_set import CaseFile
from shared.failed_messages.dead_letter_store import FailedMessages
from shared.failed_messages.edits import Edits
from shared.failed_messages.failure_groups import FailureGroups
from shared.failed_messages.function_client import Functions
from shared.failed_messages.orders import Orders
from shared.failed_messages.overview import Overview
from shared.failed_messages.replay import Replays
from shared.failed_messages.repository import Cases
from shared.failed_messages.service import Desk
from shared.failed_messages.services import Review
from shared.settings import ConsoleSettings

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewAdapters:
    """What the review reads, writes and calls."""

    store: FirestoreStore
    failed_messages: FailedMessages
    cases: Cases
    groups: FailureGroups
    edits: Edits
    runs: Runs
    denied_attempts: DeniedAttemptsRegister
    functions: Functions


def assembled(settings: ConsoleSettings, adapters: ReviewAdapters, clock: Clock) -> Review:
    """Make the review."""
    cases = adapters.cases
    replays = _replays(adapters, clock)
    desk = Desk(replays=replays, clock=clock, token=_token)
    wait = timedelta(seconds=settings.deferred_retry_seconds)
    return Review(
        overview=Overview(
            cases=cases, failure_groups=adapters.groups, functions=settings.functions, clock=clock
        ),
        cases=cases,
        desk=desk,
        runs=ReplayRuns(runs=adapters.runs, cases=cases, desk=desk, clock=clock, token=_token),
        deferred=DeferredRetries(cases=cases, replays=replays, clock=clock, first_wait=wait),
        orders=Orders(store=adapters.store, cases=cases),
        denials=Denials(register=adapters.denied_attempts, clock=clock),
    )


def _replays(adapters: ReviewAdapters, clock: Clock) -> Replays:
    return Replays(
        file=CaseFile(cases=adapters.cases, groups=adapters.groups),
        messages=adapters.failed_messages,
        edits=adapters.edits,
        functions=adapters.functions,
        clock=clock,
        token=_token,
    )


def _token() -> str:
    return uuid4().hex
