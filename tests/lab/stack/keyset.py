"""The local keyset: generated on first use, readable by its owner only, never committed."""

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.lab.stack import paths


def ensure_keyset(path: Path = paths.KEYSET, new_keyset: Callable[[], str] | None = None) -> Path:
    """Return the keyset file; write a new Tink JSON keyset if there is none.

    Concurrent processes agree on one keyset: the first complete file wins.
    """
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp creates the file with mode 0600; the link appears only after the content is complete.
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write((new_keyset or _tink_keyset)())
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(draft)
    Path(draft).unlink()
    return path


def _tink_keyset() -> str:
    from shared.privacy.keysets import new_keyset

    return new_keyset()
