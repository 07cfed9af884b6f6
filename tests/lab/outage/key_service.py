"""A fake Cloud KMS and the keyset that it wraps, for all functions of a stack."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.gcp.kms import KmsKey
from shared.privacy.keysets import load_keyset, new_keyset, prepared_keyset, promoted_keyset, wrap_keyset
from shared.settings import KeysetSettings
from tests.lab.stack.kms_fake import KmsFake


@dataclass(frozen=True)
class KeyService:
    """A keyset in a file, wrapped by a key of the fake."""

    kms: KmsFake
    key: str
    file: Path

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables by which a function finds and unwraps the keyset."""
        return {
            "KEYSET_FILE": str(self.file),
            "KEYSET_KMS_KEY": self.key,
            "KMS_EMULATOR_HOST": self.kms.host,
        }

    def write(self, keyset: str) -> None:
        """Wrap a keyset and write it to the file."""
        self.file.write_text(wrap_keyset(keyset, KmsKey(self.key, self.kms.host)), encoding="utf-8")

    def rotate(self) -> None:
        """Write the next version of the keyset: the newest key encrypts, and functions decrypt with both."""
        self.write(promoted_keyset(load_keyset(KeysetSettings.read(self.environment))))


@contextmanager
def key_service() -> Iterator[KeyService]:
    """Yield the fake with a keyset that is prepared for a rotation."""
    with KmsFake() as kms, tempfile.TemporaryDirectory() as folder:
        keys = KeyService(kms, kms.create(), Path(folder, "keyset.json"))
        keys.write(prepared_keyset(new_keyset()))
        yield keys
