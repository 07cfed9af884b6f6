import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.contracts.contract import Parsing
from shared.contracts.field_types import Amount, Identifier, Money, Name, OptionalText, Quantity, Text, Weight
from shared.contracts.substitution import Percentage

CENTS = st.integers(min_value=0, max_value=10**15)


@given(CENTS)
def test_an_amount_is_read_exactly(minor: int) -> None:
    """Every amount with two decimals becomes its number of minor units, without rounding."""
    assert TypeAdapter(Money).validate_python(Decimal(minor).scaleb(-2)) == minor


@given(CENTS, st.integers(min_value=1, max_value=9))
def test_a_third_decimal_of_an_amount_is_refused(minor: int, third: int) -> None:
    """An amount is never rounded to what it might have meant."""
    with pytest.raises(ValidationError):
        TypeAdapter(Money).validate_python(Decimal(minor * 10 + third).scaleb(-3))


@pytest.mark.parametrize(("number", "grams"), [("1.15", 1150), ("0.001", 1), ("2", 2000), ("1.1500", 1150)])
def test_a_weight_in_kilograms_becomes_grams(number: str, grams: int) -> None:
    """Three decimals of a kilogram are grams; zeros behind them say nothing."""
    assert TypeAdapter(Weight).validate_python(Decimal(number)) == grams


@pytest.mark.parametrize("number", ["0.0001", "1.1505", "0", "-1"])
def test_a_weight_below_a_gram_is_refused(number: str) -> None:
    """Fractions of a gram, no weight and a negative weight are refused."""
    with pytest.raises(ValidationError):
        TypeAdapter(Weight).validate_python(Decimal(number))


@pytest.mark.parametrize(
    ("number", "decimals", "minor"), [("1333", 0, 1333), ("12.345", 3, 12345), ("7", 2, 700)]
)
def test_an_amount_becomes_minor_units_of_its_currency(number: str, decimals: int, minor: int) -> None:
    """1,333 yen are 1,333 minor units, 12.345 Kuwaiti dinars are 12,345."""
    parsing = Parsing(None, decimals)
    assert TypeAdapter(Money).validate_python(Decimal(number), context=parsing) == minor
    with pytest.raises(ValidationError, match=f"at most {decimals} decimals"):
        TypeAdapter(Money).validate_python(Decimal("0.00001"), context=parsing)


@pytest.mark.parametrize("number", ["0", "0.00", "0.001", "12.3450", "99999999999999.99"])
def test_an_amount_of_an_unknown_currency_stays_exact(number: str) -> None:
    """An amount without a currency keeps its decimals until its order is known; nothing is an amount, too."""
    assert TypeAdapter(Amount).validate_python(Decimal(number)) == Decimal(number)


@pytest.mark.parametrize("number", ["-0.01", "0.00001", "1e16"])
def test_what_no_currency_can_hold_is_refused(number: str) -> None:
    """An amount is not negative, and has no more decimals and digits than any currency of ISO 4217."""
    with pytest.raises(ValidationError):
        TypeAdapter(Amount).validate_python(Decimal(number))


@pytest.mark.parametrize(
    ("kind", "number", "rule"),
    [
        (Money, True, "must be a number"),
        (Weight, "1", "must be a number"),
        (Amount, "1.00", "must be a number"),
        (Amount, True, "must be a number"),
        (Amount, Decimal("1e16"), "must have at most 16 digits"),
        (Percentage, "15", "must be a number"),
        (Percentage, Decimal("1e30"), "must be a percentage"),
    ],
)
def test_a_number_that_is_none_is_refused_by_its_rule(kind: Any, number: object, rule: str) -> None:
    """A text and a boolean are no numbers; more digits than can be compared are none either."""
    with pytest.raises(ValidationError, match=f"Value error, {rule}"):
        TypeAdapter(kind).validate_python(number)


@pytest.mark.parametrize(
    ("amount", "written"), [("12.34", b"1234"), ("0.001", b'"0.1"'), ("12.345", b'"1234.5"')]
)
def test_an_amount_is_written_in_hundredths(amount: str, written: bytes) -> None:
    """Stored fingerprints are of this form: a fraction of a hundredth is a text."""
    assert TypeAdapter(Amount).dump_json(Decimal(amount)) == written


@given(st.decimals(0, 10**6, places=4), st.integers(0, 5))
def test_the_same_amount_has_one_fingerprint(amount: Decimal, zeros: int) -> None:
    """Zeros behind an amount say nothing; whole hundredths are written as earlier releases wrote them."""
    written = TypeAdapter(Amount).dump_json(amount)

    assert written == TypeAdapter(Amount).dump_json(amount.quantize(Decimal(1).scaleb(-4 - zeros)))
    if amount == round(amount, 2):
        assert written == str(int(amount * 100)).encode()


@pytest.mark.parametrize("text", ["\x00", "a\x1b[2J", "\u202eKKB", "\u2066x", "\x85"])
def test_words_that_would_show_as_others_are_refused(text: str) -> None:
    """Control characters and marks of direction are no words; line breaks, Thai and emoji are."""
    with pytest.raises(ValidationError):
        TypeAdapter(Text).validate_python(text)
    words = "หมดสต็อก\n\N{WOMAN}\u200d\N{PERSONAL COMPUTER}"
    assert TypeAdapter(Text).validate_python(words) == words


@pytest.mark.parametrize("number", ["3.0", "3e0", "30e-1", "3.000"])
def test_a_whole_number_is_an_integer_in_any_notation(number: str) -> None:
    """JSON Schema counts 3.0 and 3e0 among the integers."""
    read = TypeAdapter(Quantity).validate_python(Decimal(number), strict=True)
    assert (read, type(read)) == (3, int)


@pytest.mark.parametrize(
    ("number", "rule"), [("3.5", "whole number"), ("1e400", "at most 16 digits"), ("1e7", "less than")]
)
def test_a_fraction_or_an_endless_number_is_no_quantity(number: str, rule: str) -> None:
    """A part of a unit is refused, and so is a number that would take all memory as an integer."""
    with pytest.raises(ValidationError, match=rule):
        TypeAdapter(Quantity).validate_python(Decimal(number), strict=True)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("TH123456789 ", "TH123456789"),
        ("\u00a0TH1\n", "TH1"),
        ("CAFE\u0301-1", "CAF\u00c9-1"),
        ("x" * 128 + "  ", "x" * 128),
    ],
)
def test_an_id_is_normalised_before_it_is_judged(written: str, read: str) -> None:
    """White space around an id and another composition of its characters make no other id."""
    assert TypeAdapter(Identifier).validate_python(written) == read


@pytest.mark.parametrize(
    ("text", "code_point"), [("TH\u200b1", "U+200B"), ("A\tB", "U+0009"), ("\U000e0041A", "U+E0041")]
)
def test_an_id_names_the_character_it_may_not_have(text: str, code_point: str) -> None:
    """A zero-width space is invisible: its code point says what to look for."""
    with pytest.raises(ValidationError, match=re.escape(code_point)):
        TypeAdapter(Identifier).validate_python(text)


@pytest.mark.parametrize(
    "name",
    [
        "KERRY\u00a0EXPRESS",
        "ไปรษณีย์\u200bไทย",
        "\N{WOMAN}\u200d\N{PERSONAL COMPUTER} Courier",
        "宅急便",
        "أرامكس",
    ],
)
def test_a_name_is_taken_in_every_script(name: str) -> None:
    """No-break spaces, Thai zero-width spaces and joined emoji are part of names."""
    assert TypeAdapter(Name).validate_python(name) == name


def test_words_name_the_character_that_disguises_them() -> None:
    """A mark of direction is refused by its code point."""
    with pytest.raises(ValidationError, match=r"U\+202E"):
        TypeAdapter(Name).validate_python("KER\u202eYR")


@pytest.mark.parametrize("blank", ["", "  ", "\u00a0", None])
def test_blank_words_are_missing_words(blank: str | None) -> None:
    """A fact is not refused because of a reason without words."""
    assert TypeAdapter(OptionalText).validate_python(blank) is None
