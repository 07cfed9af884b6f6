"""Keep class-data archives that let the emulators' JVMs start in a third of the time."""

import contextlib
import hashlib
import uuid
from pathlib import Path

from tests.lab.stack import paths


class ClassArchive:
    """Use the archive of one jar on one Java if there is one, else have this run of the JVM record it.

    Recording happens at the JVM's exit, into a file of this run's own that becomes the archive in one step:
    runs side by side never see a half-written one.
    """

    def __init__(self, java: Path, jar: Path) -> None:
        identity = [f"{path}:{path.stat().st_mtime_ns}" for path in (java, jar)]
        digest = hashlib.sha256("\n".join(identity).encode()).hexdigest()[:16]
        self._archive = paths.ARCHIVES / f"{jar.stem}-{digest}.jsa"
        self._recording: Path | None = None

    def flags(self) -> list[str]:
        """Return the JVM's flags."""
        quiet = ["-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
        if self._archive.exists():
            return [f"-XX:SharedArchiveFile={self._archive}", *quiet]
        self._archive.parent.mkdir(parents=True, exist_ok=True)
        self._recording = self._archive.with_suffix(f".{uuid.uuid4().hex}")
        return [f"-XX:ArchiveClassesAtExit={self._recording}", *quiet]

    def keep(self) -> None:
        """Adopt what a cleanly ended JVM has recorded, if it was asked to."""
        if self._recording is not None:
            with contextlib.suppress(FileNotFoundError):
                self._recording.replace(self._archive)

    def discard(self) -> None:
        """Drop what a killed JVM may have left unfinished."""
        if self._recording is not None:
            self._recording.unlink(missing_ok=True)
