"""An outage of Firestore heals without a person."""

import pytest

from tests.lab.outage.run import Plan, run

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]

PLAN = Plan(rate=15.0, away_s=8.0, around_s=4.0, time_scale=0.05, timeout_s=200.0)


async def test_an_outage_of_firestore_leaves_nothing_to_people() -> None:
    """The schedule replays every message of the outage: none open, none lost, none applied twice."""
    outcome = await run(PLAN, print)

    assert outcome.findings == []
    assert outcome.open == 0
    assert outcome.people == set()
    assert outcome.failed > 20
    assert set(outcome.automatic) & {"not_recorded", "store.unavailable"}
