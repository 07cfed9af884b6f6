"""An outage heals without a person, whatever was away."""

import pytest

from tests.lab.outage.run import DrillResult, Plan, run
from tests.lab.stack.emulators import Emulators

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]

PLAN = Plan(
    rate=8.0,
    away=("firestore", "quota", "publish", "disk", "kms"),
    away_s=2.0,
    around_s=0.5,
    time_scale=0.02,
    window_orders=20,
    timeout_s=200.0,
)


async def test_outages_leave_nothing_to_people(emulators: Emulators) -> None:
    """The schedule replays every message of the outages: none open, none lost, none applied twice."""
    result = await run(PLAN, print, emulators.variables)

    assert result.recovery_s is not None
    assert result.findings == []
    assert not result.open
    assert result.people == set()
    assert result.automatic.keys() & {"not_recorded", "store.unavailable"}
    _check_answers(result)


def _check_answers(result: DrillResult) -> None:
    """Check what each absence stopped: Firestore everything, Cloud KMS and the disk only starts."""
    answers, starts = result.answers.counted, result.answers.refused_starts
    assert "503 store.unavailable: answered UNAVAILABLE" in answers["firestore"]
    assert "503 store.unavailable: answered RESOURCE_EXHAUSTED" in answers["quota"]
    assert "503 publish.unavailable: answered RESOURCE_EXHAUSTED" in answers["publish"]
    assert "KEYSET_KMS_KEY: Cloud KMS refuses (503 UNAVAILABLE)" in starts["kms"]
    assert answers["kms"]["processed"] > 0
    assert answers["disk"]["processed"] > 0
    assert not any(each.startswith("500") for counted in answers.values() for each in counted)
    assert result.personal == 0
