"""Keysets at rest: made, changed for a rotation, and wrapped where a key of Cloud KMS does that."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from shared.bootstrap.keys import keyset_of, kms_key
from shared.privacy.encryption import Cipher, new_keyset, prepared_keyset, promoted_keyset, retired_keyset
from shared.privacy.wrapped_keyset import wrapped
from shared.settings import KeysetSettings

CHANGES: Final[dict[str, Callable[[str], str]]] = {
    "prepare": prepared_keyset,
    "promote": promoted_keyset,
    "retire": retired_keyset,
}


def created(settings: KeysetSettings) -> str:
    """Make a keyset. Raises KeysetUnusable where its key does not wrap it."""
    return _at_rest(new_keyset(), settings)


def changed(command: str, settings: KeysetSettings) -> str:
    """Take the next step of a rotation from the keyset that is there. Raises KeysetUnusable."""
    keyset = keyset_of(settings)
    Cipher(keyset)  # says so where it is none
    return _at_rest(CHANGES[command](keyset), settings)


def write_private(file: Path, text: str) -> None:
    """Write a new file that only its owner reads. Raises FileExistsError rather than to lose a keyset."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text + "\n")


def _at_rest(keyset: str, settings: KeysetSettings) -> str:
    if settings.keyset_kms_key is None:
        return keyset
    return wrapped(keyset, kms_key(settings.keyset_kms_key, settings.kms_emulator))
