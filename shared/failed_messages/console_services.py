"""The services behind the console, its API, its schedule and its terminal."""

from dataclasses import dataclass

from shared.consumer.deadline_sweep import DeadlineSweep
from shared.failed_messages.access_denials import AccessDenialLog
from shared.failed_messages.audit_log import AuditLog
from shared.failed_messages.automatic_replay import AutomaticReplay
from shared.failed_messages.bulk_operations import BulkOperations
from shared.failed_messages.comparison import Comparisons
from shared.failed_messages.customer_searches import CustomerSearches
from shared.failed_messages.growth import GrowthCheck
from shared.failed_messages.orders import Orders
from shared.failed_messages.overview import Overview
from shared.failed_messages.producer_report import ProducerReports
from shared.failed_messages.search import Search
from shared.failed_messages.service import FailedMessageService


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleServices:
    """Everything the console can ask and do."""

    overview: Overview
    """Open failures by group and subscription."""
    messages: FailedMessageService
    """Failed messages: list, view, dry run, replay, edit, discard."""
    bulk: BulkOperations
    """Replay or discard many messages."""
    automatic_replay: AutomaticReplay
    """What the schedule calls every minute."""
    deadlines: DeadlineSweep
    """What the schedule calls every five minutes."""
    orders: Orders
    """Orders by id."""
    search: Search
    """One search for orders, failed messages, groups and customers."""
    searches: CustomerSearches
    """Searches that found a customer."""
    comparisons: Comparisons
    """A message compared with its own arithmetic and the stored version."""
    audit: AuditLog
    """Who did what when."""
    growth: GrowthCheck
    """Notifies of failure groups that grow fast; the schedule calls it every minute."""
    reports: ProducerReports
    """Reports about failure groups for their producers."""
    denials: AccessDenialLog
    """Attempts that a role did not allow."""
