"""The review as its users see it: a console, a scheduler, a terminal."""

from dataclasses import dataclass

from shared.failed_messages.access_denials import Denials
from shared.failed_messages.automatic_replay import DeferredRetries
from shared.failed_messages.bulk_operations import ReplayRuns
from shared.failed_messages.orders import Orders
from shared.failed_messages.overview import Overview
from shared.failed_messages.repository import Cases
from shared.failed_messages.service import Desk


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
