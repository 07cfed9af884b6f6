from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.contracts.field_types import Amount, Moment, Money, Parsing, Text, Weight

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


@given(st.decimals(0, 10**6, places=4), st.integers(0, 5))
def test_the_same_amount_has_one_fingerprint(amount: Decimal, zeros: int) -> None:
    """Zeros behind an amount say nothing; whole hundredths are written as earlier versions wrote them."""
    written = TypeAdapter(Amount).dump_json(amount)

    assert written == TypeAdapter(Amount).dump_json(amount.quantize(Decimal(1).scaleb(-4 - zeros)))
    if amount == round(amount, 2):
        assert written == str(int(amount * 100)).encode()


@pytest.mark.parametrize("text", ["2024-01-10T10:00:00Z", "2024-01-10T17:00:00+07:00"])
def test_a_moment_may_have_any_offset(text: str) -> None:
    """Bangkok's five in the afternoon is the same moment as ten in the morning at Greenwich."""
    read = TypeAdapter(Moment).validate_python
    assert read(text) == read("2024-01-10T10:00:00.000Z")


@pytest.mark.parametrize(
    "text", ["2024-01-10", "2024-01-10T10:00:00", "10:00:00Z", "2024-02-30T10:00:00Z", "1704880800"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    """A date alone, a time without offset, a day that never was and an epoch are no moments."""
    with pytest.raises(ValidationError):
        TypeAdapter(Moment).validate_python(text)


def test_one_moment_in_two_offsets_is_the_same_content() -> None:
    """A producer that says the same moment in another offset has not said anything else."""
    moments = TypeAdapter(Moment)
    bangkok = moments.validate_python("2024-01-10T17:00:00+07:00")
    assert moments.dump_json(bangkok) == moments.dump_json(moments.validate_python("2024-01-10T10:00:00Z"))


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+07:00", "9999-12-31T23:59:59-07:00"])
def test_a_moment_outside_the_calendar_in_utc_is_refused(text: str) -> None:
    """A moment that UTC has no year for breaks the contract, and nothing else."""
    with pytest.raises(ValidationError):
        TypeAdapter(Moment).validate_python(text)


@pytest.mark.parametrize("text", ["\x00", "a\x1b[2J", "\u202eKKB", "\u2066x", "\x85"])
def test_words_that_would_show_as_others_are_refused(text: str) -> None:
    """Control characters and marks of direction are no words; line breaks, Thai and emoji are."""
    with pytest.raises(ValidationError):
        TypeAdapter(Text).validate_python(text)
    words = "หมดสต็อก\n\N{WOMAN}\u200d\N{PERSONAL COMPUTER}"
    assert TypeAdapter(Text).validate_python(words) == words
