"""Form tokens: who they are for, how long they last, who made them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.privacy.encryption import Cipher
from shared.privacy.keysets import new_keyset
from web.csrf import TOKEN_LIFETIME, FormTokens

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TOKENS = FormTokens(Cipher(new_keyset()), lambda: NOW)


def test_a_token_is_valid_for_the_person_it_was_issued_to() -> None:
    """The same person's form is taken, another's is not."""
    token = TOKENS.issue("ann@example.com")
    assert TOKENS.is_valid(token, "ann@example.com")
    assert not TOKENS.is_valid(token, "bob@example.com")


def test_a_token_expires() -> None:
    """A page left open for longer than a shift has to be loaded again."""
    token = TOKENS.issue("ann")
    just_before = replace(TOKENS, clock=lambda: NOW + TOKEN_LIFETIME - timedelta(seconds=1))
    after = replace(TOKENS, clock=lambda: NOW + TOKEN_LIFETIME)
    assert (just_before.is_valid(token, "ann"), after.is_valid(token, "ann")) == (True, False)


def test_a_token_of_another_keyset_is_refused() -> None:
    """A console with another keyset did not issue the token."""
    other = FormTokens(Cipher(new_keyset()), lambda: NOW)
    assert not TOKENS.is_valid(other.issue("ann"), "ann")


@pytest.mark.parametrize("token", ["", "x", "None", "é", "AAAA", "A" * 10_000])
def test_what_is_no_token_is_refused(token: str) -> None:
    """Anything else is refused, without an error."""
    assert not TOKENS.is_valid(token, "ann")
