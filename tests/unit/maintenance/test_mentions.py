"""A customer id is found in every spelling that a producer may use, and not as a part of another id."""

import json

import pytest

from shared.maintenance.mentions import mentions

NUMBERS = (
    "1.2345e4",
    "1.2345E+4",
    "12345.000",
    "0.12345e5",
    "123450e-1",
    "0000012345",
    "00001.2345e04",
    " 12345 ",
)


@pytest.mark.parametrize("written", NUMBERS)
@pytest.mark.parametrize("shape", ['{{"ref": {}}}', '{{"ref":[1,{}]}}', '{{"ref": {}', "{}"])
def test_a_number_is_found_in_every_spelling(written: str, shape: str) -> None:
    """Exponents, fractions of zero, leading zeros and spaces; also where the JSON is truncated."""
    assert mentions(shape.format(written).encode(), "12345")


@pytest.mark.parametrize("text", ["12345", " 12345\n", r"\u0031\u0032345", "ask 12345, at the door"])
def test_a_text_is_found_with_its_escapes(text: str) -> None:
    """A text in JSON may have spaces around it, escapes in it, and a sentence about it."""
    assert mentions(f'{{"ref": "{text}"}}'.encode(), "12345")
    assert mentions(f'{{"ref": "{text}"}}'.encode(), " 12345 ")


def test_json_within_json_is_searched() -> None:
    """A payload that holds another message as text escapes its escapes."""
    inner = r'{"ref": "\u0031\u0032345"}'
    twice = json.dumps({"forwarded": json.dumps({"message": inner})})
    assert mentions(twice.encode(), "12345")


@pytest.mark.parametrize(
    "written",
    [
        '"0012345"',
        '"1.2345e4"',
        "12345.67",
        "-12345",
        "0.12345",
        "123456",
        "1e999",
        "12345e1",
        '"12345-A"',
        '"A12345"',
    ],
)
def test_another_id_or_amount_is_no_mention(written: str) -> None:
    """A text with zeros is another id than the number; an amount with a fraction is no id."""
    assert not mentions(f'{{"ref": {written}}}'.encode(), "12345")


def test_an_id_with_leading_zeros_is_a_text() -> None:
    """The customer 0012 is not the customer 12."""
    assert not mentions(b'{"ref": 12}', "0012")
    assert mentions(b'{"ref": "0012"}', "0012")
