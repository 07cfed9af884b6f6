"""The review as its users see it: a console, a scheduler, a terminal."""

from dataclasses import dataclass

from shared.adapters.firestore.cases import Cases
from shared.review.deferred import DeferredRetries
from shared.review.denials import Denials
from shared.review.desk import Desk
from shared.review.orders import Orders
from shared.review.overview import Overview
from shared.review.runs import ReplayRuns


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Everything that can be asked and done about failed messages."""

    overview: Overview
    """Open failures by cause and subscription."""
    cases: Cases
    """Lists: `cases.page(CaseFilter(...), cursor)`."""
    desk: Desk
    """One failed message: look, pre-flight, replay, edit, discard."""
    runs: ReplayRuns
    """Many failed messages: replay or discard a group or a selection."""
    deferred: DeferredRetries
    """What a scheduler calls."""
    orders: Orders
    """An order by its id."""
    denials: Denials
    """What people tried beyond their role."""
