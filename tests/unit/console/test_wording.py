"""Every failure, action and outcome there is has its plain words."""

import pytest

from pages.wording import ACTIONS, CONFLICT, CONTRACT, FORECASTS, ILLEGAL, OUTCOMES, RULE, SILENT, explain
from shared.consumer.dry_run_result import ACKNOWLEDGED_OUTCOMES
from shared.contracts.dead_letter import FailureReason
from shared.errors import Outcome
from shared.telemetry.message_metrics import ERROR_TYPES


@pytest.mark.parametrize(
    ("error_type", "reason", "explanation"),
    [
        ("rejected", "contract.invalid", CONTRACT),
        ("rejected", "claim.conflict", CONFLICT),
        ("rejected", "order.illegal.shipped.cancel", ILLEGAL),
        ("rejected", "order.illegality", RULE),
        ("rejected", "order.totals_mismatch", RULE),
        ("something new", "whatever", SILENT),
    ],
)
def test_a_cause_is_explained_by_its_reason_and_else_by_its_kind(
    error_type: str, reason: str, explanation: object
) -> None:
    """The most particular explanation there is is told."""
    assert explain(FailureReason(error_type=error_type, slug=reason)) is explanation


def test_every_kind_of_error_has_an_explanation_of_its_own() -> None:
    """No two kinds of error are told by the same words."""
    told = {explain(FailureReason(error_type=kind, slug="x")).title for kind in ERROR_TYPES}
    assert len(told) == len(ERROR_TYPES)


def test_every_outcome_has_its_words() -> None:
    """Whatever a pre-flight or a replay comes to is told."""
    assert set(FORECASTS) == {outcome.value for outcome in Outcome}
    assert {outcome.value for outcome in ACKNOWLEDGED_OUTCOMES} <= set(OUTCOMES)


def test_actions_are_told_by_different_words() -> None:
    """A history's entries can be told apart."""
    assert len(set(ACTIONS.values())) == len(ACTIONS)
