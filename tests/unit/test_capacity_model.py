"""The capacity model's arithmetic."""

import pytest

from tests.load.capacity.model import available, need


def test_a_costly_message_is_limited_by_its_core() -> None:
    """A thousand messages of 3 ms keep three cores busy, five at the utilisation that is aimed at."""
    needed = need(1_000, cpu_ms=3.0, call_ms=1.0, concurrency=20)

    assert (needed.instances, needed.limited_by) == (5, "core")


def test_slow_services_take_up_the_places_of_requests() -> None:
    """A thousand messages that wait 100 ms each hold a hundred places: five instances of twenty."""
    needed = need(1_000, cpu_ms=0.001, call_ms=50.0, concurrency=20)

    assert needed.limited_by == "concurrency"
    assert needed.instances == pytest.approx(5, abs=1)


def test_a_cold_database_needs_no_ramp_below_five_hundred() -> None:
    """Firestore takes 500 writes a second at once, and half as many more every five minutes."""
    assert need(500, cpu_ms=1, call_ms=1, concurrency=1).doublings == 0
    assert need(1_000, cpu_ms=1, call_ms=1, concurrency=1).doublings == 2


def test_what_needs_all_its_parts_is_less_available_than_each() -> None:
    """Availabilities multiply."""
    assert available(0.999, 0.999) == pytest.approx(0.998001)
