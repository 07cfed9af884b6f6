"""The record of one delivery attempt, which the log and the metrics share."""

from shared.domain.value import Value
from shared.errors import Outcome


class Delivery(Value):
    """What happened to one push; it has no field for payload or personal data.

    The fields are those of the log line, in its order, in camelCase.
    """

    outcome: Outcome | None = None
    """None where the client closed the request before its answer."""
    status: int | None = None
    subscription: str = ""
    message_id: str = ""
    correlation_id: str = ""
    source: str = ""
    """The producer's name of itself, where it is a short one."""
    version: str = ""
    attempt: int | None = None
    event_severity: str = ""
    fingerprint: str = ""
    error_type: str = ""
    reason: str = ""
    detail: str = ""
    raised_at: str = ""
    duration_ms: float
