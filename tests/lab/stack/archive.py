"""Class-data archives, with which the emulators' JVMs start in a third of the time."""

import contextlib
import hashlib
import uuid
from pathlib import Path

from tests.lab.stack import paths


class ClassArchive:
    """Use the archive of a jar and a Java if it exists; otherwise record it in this run of the JVM.

    The JVM writes the recording at its exit, into a file of this run. An atomic rename makes it the archive,
    so parallel runs never see an incomplete one.
    """

    def __init__(self, java: Path, jar: Path) -> None:
        identity = [f"{path}:{path.stat().st_mtime_ns}" for path in (java, jar)]
        digest = hashlib.sha256("\n".join(identity).encode()).hexdigest()[:16]
        self._archive = paths.ARCHIVES / f"{jar.stem}-{digest}.jsa"
        self._recording: Path | None = None

    def flags(self) -> list[str]:
        """Return the flags of the JVM."""
        quiet = ["-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
        if self._archive.exists():
            return [f"-XX:SharedArchiveFile={self._archive}", *quiet]
        self._archive.parent.mkdir(parents=True, exist_ok=True)
        self._recording = self._archive.with_suffix(f".{uuid.uuid4().hex}")
        return [f"-XX:ArchiveClassesAtExit={self._recording}", *quiet]

    def keep(self) -> None:
        """Make the recording of a JVM that ended cleanly the archive."""
        if self._recording is not None:
            with contextlib.suppress(FileNotFoundError):
                self._recording.replace(self._archive)

    def discard(self) -> None:
        """Delete the recording of a killed JVM, which may be incomplete."""
        if self._recording is not None:
            self._recording.unlink(missing_ok=True)
