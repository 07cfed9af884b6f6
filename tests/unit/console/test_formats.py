"""Numbers, times and differences as people read them."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.charts import BARS_HEIGHT, BARS_WIDTH, bar_chart
from pages.formats import age, amount, difference_lines, money, producer, timestamp

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@given(st.lists(st.integers(min_value=0, max_value=10**6), max_size=50))
def test_bars_stay_within_the_drawing_and_show_all_that_is_there(values: list[int]) -> None:
    """Each value has a bar inside the drawing; it has a height exactly where the value is above zero."""
    drawn = bar_chart(values)
    assert len(drawn) == len(values)
    for bar, value in zip(drawn, values, strict=True):
        assert 0 <= bar.x <= BARS_WIDTH
        assert bar.y + bar.height == pytest.approx(BARS_HEIGHT, abs=0.2)
        assert (bar.height > 0) is (value > 0)


@pytest.mark.parametrize(
    ("minor", "written"),
    [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (133398, "1,333.98"), (10**7, "100,000.00")],
)
def test_amounts_have_two_decimals(minor: int, written: str) -> None:
    """Minor units are written without rounding."""
    assert amount(minor) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [("47820.0", "47,820.00 THB"), ("50", "50 THB"), ("1.125", "1.125 THB"), ("-0.5", "-0.50 THB")],
)
def test_sums_have_no_single_decimal(value: str, written: str) -> None:
    """A producer may write 50.0; more decimals stay, and a whole number stays whole."""
    assert money(Decimal(value), "THB") == written


def test_a_producer_without_a_plain_name_is_called_so() -> None:
    """Groups hide such names; "other other" would be a riddle."""
    assert producer("QC-SMF", "1.4.0") == "QC-SMF 1.4.0"
    assert producer("other", "other") == producer("QC-SMF", "other") == "irregular source or version"
    assert producer("", "1.0") == "1.0"


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=60), "1 min ago"),
        (timedelta(minutes=119), "1 h ago"),
        (timedelta(days=40), "40 d ago"),
        (timedelta(seconds=-5), "just now"),
    ],
)
def test_an_age_is_shown_in_the_largest_unit(passed: timedelta, text: str) -> None:
    """Whole units only, rounded down; clocks that differ a little do not show."""
    assert age(NOW - passed, NOW) == text


def test_times_are_written_in_utc() -> None:
    """A time of another zone is the same moment in UTC."""
    assert (
        timestamp(datetime(2026, 1, 1, 7, tzinfo=timezone(timedelta(hours=7)))) == "2026-01-01 00:00:00 UTC"
    )


def test_a_difference_is_shown_line_by_line() -> None:
    """Added and removed lines are named so, the files' names are left out."""
    difference = "--- original\n+++ edited\n@@ -1 +1 @@\n {\n-old\n+new"
    kinds = [("same", "@@ -1 +1 @@"), ("same", " {"), ("removed", "-old"), ("added", "+new")]
    assert list(difference_lines(difference)) == kinds
