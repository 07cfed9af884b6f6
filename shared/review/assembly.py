"""The review put together over the adapters it works with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from shared.adapters.firestore.cases import Cases
from shared.adapters.firestore.denied_attempts import DeniedAttemptsRegister
from shared.adapters.firestore.edits import Edits
from shared.adapters.firestore.failed_messages import FailedMessages
from shared.adapters.firestore.groups import FailureGroups
from shared.adapters.firestore.runs import Runs
from shared.adapters.firestore.store import FirestoreStore
from shared.adapters.functions import Functions
from shared.review.change import CaseFile
from shared.review.deferred import DeferredRetries
from shared.review.denials import Denials
from shared.review.desk import Desk
from shared.review.orders import Orders
from shared.review.overview import Overview
from shared.review.replay import Replays
from shared.review.review import Review
from shared.review.runs import ReplayRuns
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
