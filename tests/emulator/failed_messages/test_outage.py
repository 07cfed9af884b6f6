"""An outage of Firestore heals without a person."""

import pytest

from tests.lab.outage.run import Plan, run

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]

PLAN = Plan(rate=25.0, away_s=5.0, around_s=2.0, time_scale=0.02, timeout_s=200.0)


async def test_an_outage_of_firestore_leaves_nothing_to_people() -> None:
    """The schedule replays every message of the outage: none open, none lost, none applied twice."""
    outcome = await run(PLAN, print)

    assert outcome.findings == []
    assert not outcome.open
    assert outcome.people == set()
    assert outcome.automatic.keys() & {"not_recorded", "store.unavailable"}
