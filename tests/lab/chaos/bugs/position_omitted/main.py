"""Shortages after which the payment position is not published."""

from functions.short.main import handle
from shared.consumer import processor
from shared.domain.complete_decision import complete_decision
from shared.domain.decision import Decision, State

__all__ = ["handle"]


def complete_without_events(state: State, decision: Decision, min_version: int = 0) -> Decision:
    """Keep the events of the rule alone."""
    changes = complete_decision(state, decision, min_version).changes
    return Decision(changes=changes, events=decision.events)


processor.complete_decision = complete_without_events  # type: ignore[attr-defined]  # the bug
