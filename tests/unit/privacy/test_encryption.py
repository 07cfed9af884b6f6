"""Ciphertext decrypts only with its keyset and its associated data."""

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
ASSOCIATED = "orders/1#customerId"


@settings(deadline=None)
@given(st.binary())
def test_encrypted_bytes_are_decrypted(plain: bytes) -> None:
    """Decryption returns any bytes that were encrypted."""
    assert CIPHER.decrypt(CIPHER.encrypt(plain, ASSOCIATED), ASSOCIATED) == plain


def test_texts_are_encrypted_and_none_stays_none() -> None:
    """A text is decrypted to itself; None is neither encrypted nor decrypted."""
    assert CIPHER.decrypt_text(CIPHER.encrypt_text("ลูกค้า", ASSOCIATED), ASSOCIATED) == "ลูกค้า"
    assert CIPHER.encrypt_text(None, ASSOCIATED) is None
    assert CIPHER.decrypt_text(None, ASSOCIATED) is None


def test_ciphertexts_do_not_contain_the_text() -> None:
    """Encrypting one text twice yields two different ciphertexts, both without the text."""
    encrypted = [CIPHER.encrypt(b"CUST-123456", ASSOCIATED) for _ in range(2)]

    assert encrypted[0] != encrypted[1]
    assert not [each for each in encrypted if b"CUST" in each]


@pytest.mark.parametrize("associated_data", ["orders/2#customerId", "orders/1#t1MembershipId", ""])
def test_other_associated_data_is_refused(associated_data: str) -> None:
    """A ciphertext that was moved to another document or field cannot be decrypted."""
    with pytest.raises(tink.TinkError):
        CIPHER.decrypt(CIPHER.encrypt(b"CUST-123456", ASSOCIATED), associated_data)


def test_another_keyset_is_refused() -> None:
    """A keyset without the key of a ciphertext cannot decrypt it."""
    with pytest.raises(tink.TinkError):
        Cipher(new_keyset()).decrypt(CIPHER.encrypt(b"CUST-123456", ASSOCIATED), ASSOCIATED)


def test_a_changed_byte_is_refused() -> None:
    """A modified ciphertext cannot be decrypted."""
    encrypted = bytearray(CIPHER.encrypt(b"CUST-123456", ASSOCIATED))
    encrypted[-1] ^= 1

    with pytest.raises(tink.TinkError):
        CIPHER.decrypt(bytes(encrypted), ASSOCIATED)


def test_a_rotated_keyset_decrypts_what_its_old_key_encrypted() -> None:
    """After a rotation the new key encrypts, and the old key still decrypts."""
    rotated = json.loads(new_keyset())
    rotated["key"] += json.loads(KEYSET)["key"]
    cipher = Cipher(json.dumps(rotated))

    assert cipher.decrypt(CIPHER.encrypt(b"old", ASSOCIATED), ASSOCIATED) == b"old"
    with pytest.raises(tink.TinkError):
        CIPHER.decrypt(cipher.encrypt(b"new", ASSOCIATED), ASSOCIATED)


LOOKUP_FIELD = "orders#customerKeys"
CUSTOMER = "CUST-123456"


@settings(deadline=None)
@given(st.text(), st.text())
def test_only_equal_texts_have_equal_lookups(one: str, other: str) -> None:
    """Two lookup values are equal exactly where their texts are."""
    assert (
        CIPHER.encrypt_lookup(one, LOOKUP_FIELD) == Cipher(KEYSET).encrypt_lookup(other, LOOKUP_FIELD)
    ) is (one == other)


@pytest.mark.parametrize("associated_data", ["processed_messages#customerKeys", "orders#customerId", ""])
def test_lookups_differ_between_collections_and_fields(associated_data: str) -> None:
    """A text has another ciphertext elsewhere, so documents of two collections cannot be joined by it."""
    assert CIPHER.encrypt_lookup(CUSTOMER, LOOKUP_FIELD) != CIPHER.encrypt_lookup(CUSTOMER, associated_data)


def test_lookups_depend_on_the_keyset() -> None:
    """Another keyset yields other lookup values, so an attacker cannot try guessed ids."""
    assert CIPHER.encrypt_lookup(CUSTOMER, LOOKUP_FIELD) != Cipher(new_keyset()).encrypt_lookup(
        CUSTOMER, LOOKUP_FIELD
    )
    assert b"CUST" not in CIPHER.encrypt_lookup(CUSTOMER, LOOKUP_FIELD)


def test_every_key_of_a_rotated_keyset_is_searched() -> None:
    """During a rotation a text has a lookup value for each key; after it, for the new key only."""
    prepared = prepared_keyset(KEYSET)
    rotated = promoted_keyset(prepared)
    alone = Cipher(retired_keyset(rotated))
    old, new = (each.encrypt_lookup("CUST-1", LOOKUP_FIELD) for each in (CIPHER, alone))

    assert Cipher(prepared).encrypt_lookup_with_all_keys("CUST-1", LOOKUP_FIELD) == [old, new]
    assert Cipher(rotated).encrypt_lookup_with_all_keys("CUST-1", LOOKUP_FIELD) == [new, old]
    assert alone.encrypt_lookup_with_all_keys("CUST-1", LOOKUP_FIELD) == [new]
    assert (Cipher(rotated).is_current(new), Cipher(rotated).is_current(old)) == (True, False)


def test_a_disabled_key_is_not_searched() -> None:
    """A disabled key decrypts nothing and yields no lookup value."""
    fields = json.loads(promoted_keyset(prepared_keyset(KEYSET)))
    fields["key"][0]["status"] = "DISABLED"

    assert len(Cipher(json.dumps(fields)).encrypt_lookup_with_all_keys("CUST-1", LOOKUP_FIELD)) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("typeUrl", "type.googleapis.com/google.crypto.tink.AesEaxKey"), ("outputPrefixType", "RAW")],
)
def test_a_keyset_of_other_keys_is_refused(field: str, value: str) -> None:
    """Keys of another type, or without key ids in their ciphertexts, are refused: they cannot be rotated."""
    fields = json.loads(KEYSET)
    key = fields["key"][0]
    (key if field in key else key["keyData"])[field] = value

    with pytest.raises(KeysetUnusable, match="KEYSET_FILE"):
        Cipher(json.dumps(fields))


def test_the_representation_hides_the_keys(tmp_path: Path) -> None:
    """`repr` of a cipher contains no key."""
    file = tmp_path / "keyset.json"
    file.write_text(KEYSET)

    assert repr(Cipher(read_keyset(file))) == "Cipher(...)"
