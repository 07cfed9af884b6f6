"""What is sealed opens with its keyset, at its place, and nowhere else."""

import json
from pathlib import Path

import pytest
import tink
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.privacy.encryption import Cipher, KeysetUnusable
from shared.privacy.keysets import new_keyset, prepared_keyset, promoted_keyset, read_keyset, retired_keyset

KEYSET = new_keyset()
CIPHER = Cipher(KEYSET)
PLACE = "orders/1#customerId"


@settings(deadline=None)
@given(st.binary())
def test_what_is_sealed_opens_at_its_place(plain: bytes) -> None:
    """Any bytes come back as they were."""
    assert CIPHER.decrypt(CIPHER.encrypt(plain, PLACE), PLACE) == plain


def test_texts_are_sealed_and_nothing_stays_nothing() -> None:
    """A text comes back as it was; a missing one is missing, sealed or not."""
    assert CIPHER.decrypt_text(CIPHER.encrypt_text("ลูกค้า", PLACE), PLACE) == "ลูกค้า"
    assert CIPHER.encrypt_text(None, PLACE) is None
    assert CIPHER.decrypt_text(None, PLACE) is None


def test_the_plain_text_is_not_in_the_sealed() -> None:
    """Sealing the same twice yields two ciphertexts, neither with the text in it."""
    sealed = [CIPHER.encrypt(b"CUST-123456", PLACE) for _ in range(2)]

    assert sealed[0] != sealed[1]
    assert not [each for each in sealed if b"CUST" in each]


@pytest.mark.parametrize("place", ["orders/2#customerId", "orders/1#t1MembershipId", ""])
def test_nothing_opens_at_another_place(place: str) -> None:
    """A ciphertext that was moved to another document or field does not open."""
    with pytest.raises(tink.TinkError):
        CIPHER.decrypt(CIPHER.encrypt(b"CUST-123456", PLACE), place)


def test_nothing_opens_with_another_keyset() -> None:
    """A keyset that did not seal opens nothing."""
    with pytest.raises(tink.TinkError):
        Cipher(new_keyset()).decrypt(CIPHER.encrypt(b"CUST-123456", PLACE), PLACE)


def test_a_changed_byte_is_noticed() -> None:
    """What was tampered with does not open."""
    sealed = bytearray(CIPHER.encrypt(b"CUST-123456", PLACE))
    sealed[-1] ^= 1

    with pytest.raises(tink.TinkError):
        CIPHER.decrypt(bytes(sealed), PLACE)


def test_a_rotated_keyset_opens_what_its_old_key_sealed() -> None:
    """After rotation the new key seals, and what the old key sealed still opens."""
    rotated = json.loads(new_keyset())
    rotated["key"] += json.loads(KEYSET)["key"]
    cipher = Cipher(json.dumps(rotated))

    assert cipher.decrypt(CIPHER.encrypt(b"old", PLACE), PLACE) == b"old"
    with pytest.raises(tink.TinkError):
        CIPHER.decrypt(cipher.encrypt(b"new", PLACE), PLACE)


LOOKUPS = "orders#customerKeys"


@settings(deadline=None)
@given(st.text(), st.text())
def test_equal_texts_are_found_and_no_others(one: str, other: str) -> None:
    """What is looked up is equal exactly where the texts are."""
    assert (CIPHER.encrypt_lookup(one, LOOKUPS) == Cipher(KEYSET).encrypt_lookup(other, LOOKUPS)) is (
        one == other
    )


@pytest.mark.parametrize("place", ["processed_messages#customerKeys", "orders#customerId", ""])
def test_what_is_looked_up_is_told_apart_by_collection_and_field(place: str) -> None:
    """The same text is another ciphertext elsewhere: documents of two collections cannot be joined by it."""
    assert CIPHER.encrypt_lookup("CUST-123456", LOOKUPS) != CIPHER.encrypt_lookup("CUST-123456", place)


def test_without_the_keyset_nothing_is_looked_up() -> None:
    """Another keyset makes other ciphertexts, so ids that are easy to guess cannot be tried."""
    assert CIPHER.encrypt_lookup("CUST-123456", LOOKUPS) != Cipher(new_keyset()).encrypt_lookup(
        "CUST-123456", LOOKUPS
    )
    assert b"CUST" not in CIPHER.encrypt_lookup("CUST-123456", LOOKUPS)


def test_every_live_key_is_looked_up_by() -> None:
    """While two keys live, a text is looked up as both store it; when one is retired, as the other does."""
    prepared = prepared_keyset(KEYSET)
    rotated = promoted_keyset(prepared)
    alone = Cipher(retired_keyset(rotated))
    old, new = (each.encrypt_lookup("CUST-1", LOOKUPS) for each in (CIPHER, alone))

    assert Cipher(prepared).encrypt_lookup_with_all_keys("CUST-1", LOOKUPS) == [old, new]
    assert Cipher(rotated).encrypt_lookup_with_all_keys("CUST-1", LOOKUPS) == [new, old]
    assert alone.encrypt_lookup_with_all_keys("CUST-1", LOOKUPS) == [new]
    assert (Cipher(rotated).is_current(new), Cipher(rotated).is_current(old)) == (True, False)


def test_a_disabled_key_looks_nothing_up() -> None:
    """A key that was disabled opens nothing, and is not looked up by, either."""
    told = json.loads(promoted_keyset(prepared_keyset(KEYSET)))
    told["key"][0]["status"] = "DISABLED"

    assert len(Cipher(json.dumps(told)).encrypt_lookup_with_all_keys("CUST-1", LOOKUPS)) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("typeUrl", "type.googleapis.com/google.crypto.tink.AesEaxKey"), ("outputPrefixType", "RAW")],
)
def test_a_keyset_of_other_keys_is_refused(field: str, value: str) -> None:
    """Keys of another kind, or that do not sign what they seal, could not be rotated."""
    told = json.loads(KEYSET)
    key = told["key"][0]
    (key if field in key else key["keyData"])[field] = value

    with pytest.raises(KeysetUnusable, match="KEYSET_FILE"):
        Cipher(json.dumps(told))


def test_keys_are_not_shown(tmp_path: Path) -> None:
    """A cipher read from its file shows nothing of its keys."""
    file = tmp_path / "keyset.json"
    file.write_text(KEYSET)

    assert repr(Cipher(read_keyset(file))) == "Cipher(...)"
