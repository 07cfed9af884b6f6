"""Commands on keysets at rest: creation and the steps of a rotation, wrapped where a KMS key is set."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from shared.privacy.encryption import Cipher
from shared.privacy.keysets import (
    kms_key,
    load_keyset,
    new_keyset,
    prepared_keyset,
    promoted_keyset,
    retired_keyset,
    wrap_keyset,
)
from shared.settings import KeysetSettings

ROTATION_STEPS: Final[dict[str, Callable[[str], str]]] = {
    "prepare": prepared_keyset,
    "promote": promoted_keyset,
    "retire": retired_keyset,
}


def create_keyset(settings: KeysetSettings) -> str:
    """Generate a keyset. Raises KeysetUnusable where the KMS key does not wrap it."""
    return _wrap_if_configured(new_keyset(), settings)


def rotate_keyset(step: str, settings: KeysetSettings) -> str:
    """Apply one step of a rotation to the current keyset. Raises KeysetUnusable."""
    keyset = load_keyset(settings)
    Cipher(keyset)  # raises KeysetUnusable for an invalid keyset
    return _wrap_if_configured(ROTATION_STEPS[step](keyset), settings)


def write_private(file: Path, text: str) -> None:
    """Write a new file that only its owner can read. Raises FileExistsError: no keyset is overwritten."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text + "\n")


def _wrap_if_configured(keyset: str, settings: KeysetSettings) -> str:
    if settings.keyset_kms_key is None:
        return keyset
    return wrap_keyset(keyset, kms_key(settings.keyset_kms_key, settings.kms_emulator))
