"""The capacity model computes correctly, and measurements.md shows its results."""

import re

import pytest

from tests.lab.capacity import prices
from tests.lab.capacity.cost import MONTH_S, Load, gib, monthly
from tests.lab.capacity.limits import limits
from tests.lab.capacity.model import Need, combined_availability, need, ramp_minutes
from tests.lab.capacity.section import (
    BEGIN,
    DEPLOYMENT_PAGE,
    END,
    MEASUREMENTS_PAGE,
    Costs,
    deployment,
    section,
)
from tests.lab.capacity.usage import ORDER, REJECTED, RESERVATION, Usage, read_recorded
from tests.lab.stack import topology


def test_a_costly_message_is_limited_by_its_core() -> None:
    """A thousand messages of 3 ms use three cores, and five at the target utilisation."""
    found = need(1_000, cpu_ms=3.0, wait_ms=2.0, concurrency=20)
    assert (found.instances, found.limited_by) == (5, "core")


def test_slow_services_use_up_the_concurrency() -> None:
    """A thousand messages that wait 120 ms need 120 places: ten instances of twenty, 60 % full."""
    found = need(1_000, cpu_ms=0.0, wait_ms=120.0, concurrency=20)
    assert (found.instances, found.limited_by) == (10, "concurrency")
    assert found.in_flight == pytest.approx(12)


def test_a_cold_collection_needs_no_ramp_below_five_hundred() -> None:
    """Firestore accepts 500 writes a second at once, and half as many more every five minutes."""
    assert [ramp_minutes(each) for each in (500, 501, 751, 1_126)] == [0, 5, 10, 15]


def test_availabilities_multiply() -> None:
    """A system that needs two parts is less available than each of them."""
    assert combined_availability(0.999, 0.999) == pytest.approx(0.998001)


def test_a_month_is_charged_by_usage() -> None:
    """One instance with a core and half a GiB for a month, and one message a second with known usage."""
    function = topology.load().functions["inventory"]
    usage = Usage(
        {"inventory": 1}, reads=2, writes={"stock": 3}, expiring=1, pubsub_bytes=1000, published_bytes=500
    )
    dollars = monthly(1, [usage], [Load(Need(1, 1, "core", 1.0), function)])
    assert gib(function.memory) == 0.5
    assert dollars["Cloud Run"] == pytest.approx(MONTH_S * (0.0000336 + 0.5 * 0.0000035 + 0.40e-6))
    assert dollars["Pub/Sub"] == pytest.approx(MONTH_S * 1000 * 40 / 2**40)
    assert dollars["retention"] == pytest.approx(7 * 24 * 3600 * 500 * 0.27 / 2**30)
    assert dollars["Firestore"] == pytest.approx(MONTH_S * (2 * 0.038 + 3 * 0.115 + 0.013) / 1e5)


def test_storage_holds_three_months_of_claims_and_one_of_orders() -> None:
    """Claims live for 90 days; orders stay, and every month adds as many."""
    dollars = monthly(1, [Usage(kept_bytes=1000, expiring_bytes=100)], [])
    assert dollars["storage"] == pytest.approx(MONTH_S * 1300 / 2**30 * prices.STORAGE.usd)


def test_the_lowest_limit_comes_first() -> None:
    """A cold collection with ten writes an order comes before one with two."""
    order, reservation = Usage(writes={"claims": 2, "orders": 1}), Usage(writes={"stock": 10})
    found = limits(order, reservation, order_bytes=5_000, push_ms=50, cpu_ms=2, max_instances=20)
    rates = {limit.what: limit.orders_a_second for limit in found}
    assert [*rates.values()] == sorted(rates.values())
    assert rates["Firestore cold: `claims`, 2 writes an order"] == 250
    assert rates["Firestore cold: `stock`, 10 writes an order"] == 50
    assert rates["ordering key: one push outstanding"] == 20
    assert rates["`max_instances` of `order_create`"] == 6_000


def test_a_part_of_a_usage_can_be_subtracted() -> None:
    """The usage of an order with its reservation, minus the order, is the reservation's."""
    both = Usage({"order_create": 1, "inventory": 2}, reads=5, writes={"orders": 2, "claims": 3})
    order = Usage({"order_create": 1}, reads=1, writes={"orders": 2, "claims": 1})
    assert both.minus(order) == Usage({"inventory": 2}, reads=4, writes={"claims": 2})


def test_every_kind_of_message_is_recorded() -> None:
    """The recorded usage has three kinds; a rejected order is delivered as often as the policy allows."""
    usages = read_recorded()
    policy = topology.load().subscriptions["order-create-sub"]
    assert set(usages) == {ORDER, RESERVATION, REJECTED}
    assert usages[REJECTED].deliveries == {"order_create": policy.max_delivery_attempts, "dlq": 1}


def test_the_page_shows_the_computed_tables() -> None:
    """The section is what `--write` writes for the processor times that it contains."""
    page = MEASUREMENTS_PAGE.read_text(encoding="utf-8")
    part = BEGIN + page.split(BEGIN)[1].split(END)[0] + END
    costs = Costs(*map(float, re.findall(r"([\d.]+) ms (?:of processor|to|for the)", part)))
    assert part == section(costs)
    assert deployment(costs) in DEPLOYMENT_PAGE.read_text(encoding="utf-8")
