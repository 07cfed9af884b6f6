"""Every failure reason, action and outcome has plain words."""

from collections.abc import Iterator

import pytest

from pages.exception_titles import TITLES, exception_title
from pages.wording import (
    ACTIONS,
    CONFLICT,
    CONTRACT,
    DRY_RUN_OUTCOMES,
    FORMER_RULES,
    ILLEGAL,
    NO_ANSWER,
    OUTCOMES,
    RULE,
    RULE_ADVICE,
    RULE_TITLES,
    action_detail,
    explain,
)
from shared.consumer.function_answer import ACKNOWLEDGED_OUTCOMES
from shared.contracts.dead_letter import FailureReason
from shared.domain.deadlines import (
    ALLOCATION_OVERDUE,
    AUTHORIZATION_EXPIRING,
    CAPTURE_OVERDUE,
    SUBSTITUTE_OVERDUE,
)
from shared.domain.fulfillment_exceptions import FULFILLMENT_EXCEPTIONS
from shared.domain.payment_exceptions import PAYMENT_EXCEPTIONS
from shared.domain.ship_order import SHIPPED_UNALLOCATED
from shared.errors import ErrorType, Outcome, RuleViolation
from shared.failed_messages.model import AuditEntry
from tests.unit.failed_messages.failed_messages import NOW


@pytest.mark.parametrize(
    ("error_type", "reason", "explanation"),
    [
        ("rejected", "contract.invalid", CONTRACT),
        ("rejected", "claim.conflict", CONFLICT),
        ("rejected", "order.illegal.shipped.cancel", ILLEGAL),
        ("something new", "whatever", NO_ANSWER),
    ],
)
def test_a_cause_is_explained_by_its_reason_and_else_by_its_kind(
    error_type: str, reason: str, explanation: object
) -> None:
    """The most particular explanation is shown."""
    assert explain(FailureReason(error_type=error_type, slug=reason)) is explanation


@pytest.mark.parametrize(
    ("slug", "title"),
    [
        ("order.totals_mismatch", "Order total doesn't add up"),
        ("order.illegality", "Business rule violated: order illegality"),
    ],
)
def test_a_violated_rule_is_named(slug: str, title: str) -> None:
    """The title is the rule itself; a rule without an entry is named by its slug, never as another one."""
    explanation = explain(FailureReason(error_type="rejected", slug=slug))

    assert (explanation.title, explanation.why) == (title, RULE.why)


@pytest.mark.parametrize(
    ("slug", "advice"),
    [
        ("payment.over_refunded", RULE_ADVICE["payment"]),
        ("order.totals_mismatch", RULE_ADVICE["order.totals_mismatch"]),
        ("order.exists", RULE.advice),
    ],
)
def test_the_advice_is_that_of_the_rule(slug: str, advice: str) -> None:
    """A fact about money is never to be edited by one person alone; other rules have their own advice."""
    assert explain(FailureReason(error_type="rejected", slug=slug)).advice == advice


def test_every_rule_has_a_title_of_its_own() -> None:
    """No two rules of the domain share a title, and every title is of a rule that exists or existed."""
    slugs = {rule.slug for rule in _leaves(RuleViolation)}
    titles = {explain(FailureReason(error_type="rejected", slug=slug)).title for slug in slugs}

    assert len(titles) == len(slugs)
    assert RULE_TITLES.keys() - slugs == FORMER_RULES


def _leaves(kind: type[RuleViolation]) -> Iterator[type[RuleViolation]]:
    kinds = kind.__subclasses__()
    for each in kinds:
        yield from _leaves(each)
    if not kinds:
        yield kind


def test_every_kind_of_error_has_an_explanation_of_its_own() -> None:
    """No two kinds of error share their words."""
    titles = {explain(FailureReason(error_type=kind, slug="x")).title for kind in ErrorType}
    assert len(titles) == len(ErrorType)


def test_every_outcome_has_its_words() -> None:
    """Every outcome of a dry run or a replay has its words."""
    assert set(DRY_RUN_OUTCOMES) == {outcome.value for outcome in Outcome}
    assert {outcome.value for outcome in ACKNOWLEDGED_OUTCOMES} <= set(OUTCOMES)


def test_actions_have_different_words() -> None:
    """Each action has its own words in a history."""
    assert len(set(ACTIONS.values())) == len(ACTIONS)


def test_every_exception_of_an_order_has_a_title() -> None:
    """Contradictions and missed deadlines; an unknown code is shown as it is."""
    overdue = {ALLOCATION_OVERDUE, AUTHORIZATION_EXPIRING, CAPTURE_OVERDUE, SUBSTITUTE_OVERDUE}

    assert set(TITLES) == {*PAYMENT_EXCEPTIONS, *FULFILLMENT_EXCEPTIONS, *overdue, SHIPPED_UNALLOCATED}
    assert exception_title("something.new") == "something.new"


def test_a_typed_reason_is_no_outcome() -> None:
    """A person may give "duplicate" as the reason of a discard; of a replay it is the outcome."""
    reason = AuditEntry(at=NOW, by="ann@x", action="discarded", detail="duplicate")
    outcome = AuditEntry(at=NOW, by="ann@x", action="resolved", detail="duplicate")
    assert action_detail(reason) == "duplicate"
    assert action_detail(outcome) == OUTCOMES["duplicate"]
