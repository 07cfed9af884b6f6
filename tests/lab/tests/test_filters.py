"""Subscription filters select messages as Pub/Sub documents it."""

import pytest

from tests.lab.stack.filters import FilterError, parse

SHIP = {"eventType": "SHIP", "source": "SLICK"}


@pytest.mark.parametrize(
    ("text", "attributes", "passes"),
    [
        ("", {}, True),
        ('attributes.eventType = "SHIP"', SHIP, True),
        ('attributes.eventType="SHIP"', SHIP, True),
        ('attributes.eventType = "SHORT"', SHIP, False),
        ('attributes.eventType = "SHIP"', {}, False),
        ('attributes.eventType = "ship"', SHIP, False),
        ('attributes.eventType != "SHORT"', SHIP, True),
        ('attributes.eventType != "SHORT"', {}, True),
        ("attributes:source", SHIP, True),
        ("attributes:severity", SHIP, False),
        ('hasPrefix(attributes.source, "SL")', SHIP, True),
        ('hasPrefix(attributes.source, "QC")', SHIP, False),
        ('hasPrefix(attributes.severity, "")', SHIP, False),
        ('attributes."event type" = "a\\"b"', {"event type": 'a"b'}, True),
        ('attributes.ce-type = "\\u0041"', {"ce-type": "A"}, True),
    ],
)
def test_a_comparison_is_exact(text: str, attributes: dict[str, str], passes: bool) -> None:  # noqa: FBT001 - a table's column
    """A comparison tests one attribute by exact key and value."""
    assert parse(text)(attributes) is passes


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("attributes:source AND attributes:eventType", True),
        ("attributes:source AND attributes:x AND attributes:eventType", False),
        ("attributes:x OR attributes:y OR attributes:source", True),
        ("NOT attributes:x", True),
        ("-attributes:source", False),
        ("NOT attributes:x AND attributes:source", True),
        ("NOT (attributes:x OR attributes:source)", False),
        ("(attributes:x OR attributes:source) AND attributes:eventType", True),
    ],
)
def test_not_binds_tighter_than_and_and_or(text: str, passes: bool) -> None:  # noqa: FBT001 - a table's column
    """NOT binds tighter than AND and OR, and parentheses group."""
    assert parse(text)(SHIP) is passes


@pytest.mark.parametrize(
    "text",
    [
        'attributes.eventType == "SHIP"',
        "attributes.eventType = SHIP",
        'attributes.eventType = "SHIP',
        'eventType = "SHIP"',
        'attributes.a.b = "x"',
        "attributes:a OR attributes:b AND attributes:c",
        "attributes:a and attributes:b",
        "(attributes:a",
        'hasPrefix(attributes.a, "x"',
        'attributes.a = "\\q"',
        f'attributes.a = "{"x" * 256}"',
    ],
)
def test_an_unsupported_filter_is_refused(text: str) -> None:
    """A filter that Pub/Sub refuses at deployment is refused here too."""
    with pytest.raises(FilterError, match="filter"):
        parse(text)
