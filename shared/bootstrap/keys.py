"""The keys of a process: its keyset, unwrapped where a key of Cloud KMS wraps it."""

from functools import cache
from typing import TYPE_CHECKING

from shared.privacy.encryption import Cipher, KeysetUnusable, read_keyset
from shared.settings import KeysetSettings

if TYPE_CHECKING:
    from shared.gcp.kms import KmsKey


def cipher_of(settings: KeysetSettings) -> Cipher:
    """Make the cipher of a process's keyset. Raises KeysetUnusable: without its keys nothing starts."""
    return Cipher(keyset_of(settings))


def keyset_of(settings: KeysetSettings) -> str:
    """Read the keyset, in Tink's JSON format, by one call to Cloud KMS where it is wrapped.

    Raises KeysetUnusable.
    """
    text = read_keyset(settings.keyset_file)
    if settings.keyset_kms_key is None:
        return text
    return _unwrapped(text, settings.keyset_kms_key, settings.kms_emulator)


def kms_key(name: str, emulator: str | None) -> "KmsKey":
    """Make the key that wraps keysets. Raises KeysetUnusable."""
    from shared.gcp.kms import KmsKey, KmsUnavailable  # noqa: PLC0415 - a start without a wrapped keyset saves it

    try:
        return KmsKey(name, emulator)
    except KmsUnavailable as error:
        raise KeysetUnusable(f"KEYSET_KMS_KEY: {error}") from None


@cache
def _unwrapped(text: str, name: str, emulator: str | None) -> str:
    """Unwrap a keyset once in a process, whoever asks, and for the workers that are forked from it."""
    from shared.privacy.wrapped_keyset import unwrapped  # noqa: PLC0415 - as above

    return unwrapped(text, kms_key(name, emulator))
