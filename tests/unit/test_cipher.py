"""What is sealed opens with its keyset, at its place, and nowhere else."""

import json
from pathlib import Path

import pytest
import tink
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.cipher import Cipher, new_keyset, read_keyset

KEYSET = new_keyset()
CIPHER = Cipher(KEYSET)
PLACE = "orders/1#customerId"


@settings(deadline=None)
@given(st.binary())
def test_what_is_sealed_opens_at_its_place(plain: bytes) -> None:
    """Any bytes come back as they were."""
    assert CIPHER.open(CIPHER.seal(plain, PLACE), PLACE) == plain


def test_texts_are_sealed_and_nothing_stays_nothing() -> None:
    """A text comes back as it was; a missing one is missing, sealed or not."""
    assert CIPHER.open_text(CIPHER.seal_text("ลูกค้า", PLACE), PLACE) == "ลูกค้า"
    assert CIPHER.seal_text(None, PLACE) is None
    assert CIPHER.open_text(None, PLACE) is None


def test_the_plain_text_is_not_in_the_sealed() -> None:
    """Sealing the same twice yields two ciphertexts, neither with the text in it."""
    sealed = [CIPHER.seal(b"CUST-123456", PLACE) for _ in range(2)]

    assert sealed[0] != sealed[1]
    assert not [each for each in sealed if b"CUST" in each]


@pytest.mark.parametrize("place", ["orders/2#customerId", "orders/1#t1MembershipId", ""])
def test_nothing_opens_at_another_place(place: str) -> None:
    """A ciphertext that was moved to another document or field does not open."""
    with pytest.raises(tink.TinkError):
        CIPHER.open(CIPHER.seal(b"CUST-123456", PLACE), place)


def test_nothing_opens_with_another_keyset() -> None:
    """A keyset that did not seal opens nothing."""
    with pytest.raises(tink.TinkError):
        Cipher(new_keyset()).open(CIPHER.seal(b"CUST-123456", PLACE), PLACE)


def test_a_changed_byte_is_noticed() -> None:
    """What was tampered with does not open."""
    sealed = bytearray(CIPHER.seal(b"CUST-123456", PLACE))
    sealed[-1] ^= 1

    with pytest.raises(tink.TinkError):
        CIPHER.open(bytes(sealed), PLACE)


def test_a_rotated_keyset_opens_what_its_old_key_sealed() -> None:
    """After rotation the new key seals, and what the old key sealed still opens."""
    rotated = json.loads(new_keyset())
    rotated["key"] += json.loads(KEYSET)["key"]
    cipher = Cipher(json.dumps(rotated))

    assert cipher.open(CIPHER.seal(b"old", PLACE), PLACE) == b"old"
    with pytest.raises(tink.TinkError):
        CIPHER.open(cipher.seal(b"new", PLACE), PLACE)


def test_keys_are_not_shown(tmp_path: Path) -> None:
    """A cipher read from its file shows nothing of its keys."""
    file = tmp_path / "keyset.json"
    file.write_text(KEYSET)

    assert repr(Cipher(read_keyset(file))) == "Cipher(...)"
