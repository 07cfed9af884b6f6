"""A drill counts what the functions answered while something was away."""

import json

from tests.lab.outage.answers import Answers


def test_answers_and_refused_starts_count_for_what_is_away() -> None:
    """Outcomes, the reasons of other answers, and starts that failed; lines before and after are separate."""
    answers = Answers()
    answers("ship", json.dumps({"outcome": "processed", "status": 204}))
    answers.away = "kms"
    for fields in (
        {"outcome": "processed", "status": 204},
        {"outcome": "deferred", "status": 503, "reason": "order.not_found", "errorType": "deferred"},
        {
            "outcome": "error",
            "status": 503,
            "reason": "store.unavailable",
            "errorType": "transient",
            "detail": "answered UNAVAILABLE",
        },
        {"message": "the function does not start", "reason": "KEYSET_KMS_KEY: Cloud KMS refuses"},
        {"message": "something else"},
    ):
        answers("ship", json.dumps({"severity": "INFO", **fields}))
    answers("ship", "Traceback (most recent call last):")
    answers("ship", "ended with status 1; starting again")

    assert answers.figures("kms") == {
        "answers": {
            "processed": 1,
            "503 order.not_found": 1,
            "503 store.unavailable: answered UNAVAILABLE": 1,
        },
        "failed_pushes": 0,
        "refused_starts": {
            "KEYSET_KMS_KEY: Cloud KMS refuses": 1,
            "ended with status 1; starting again": 1,
        },
        "paused_s": 0.0,
        "firestore_calls": 0,
    }
    assert answers.counted[""] == {"processed": 1}


def test_a_line_with_a_customer_is_found() -> None:
    """Whatever its format."""
    answers = Answers()
    answers("payment", "ValueError: CUST-000001")
    assert answers.personal == ["payment"]
