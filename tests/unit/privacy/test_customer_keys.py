"""A customer is found by the encrypted ids of documents, in any spelling of the id."""

import pytest

from shared.privacy.customer_keys import encrypt_customers, encrypt_customers_with_all_keys
from shared.privacy.data_subjects import find_data_subjects
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import new_keyset

CIPHER = Cipher(new_keyset())


@pytest.mark.parametrize("stored", ["Caf\u00e9", "Cafe\u0301", " Caf\u00e9"])
@pytest.mark.parametrize("searched", ["Caf\u00e9", "Cafe\u0301", "Cafe\u0301\n"])
def test_a_search_finds_any_spelling(stored: str, searched: str) -> None:
    """Composed and decomposed characters, and white space around an id, name the same customer."""
    keys = encrypt_customers("failed_messages/1", find_data_subjects(b"{}", stored), CIPHER)

    assert set(keys) & set(encrypt_customers_with_all_keys("failed_messages", [searched], CIPHER))


def test_a_search_finds_what_an_earlier_release_stored() -> None:
    """Earlier releases encrypted the customers of failed messages as the messages wrote them."""
    (key,) = encrypt_customers("failed_messages/1", ["Cafe\u0301"], CIPHER)

    assert key in encrypt_customers_with_all_keys("failed_messages", ["Cafe\u0301"], CIPHER)
