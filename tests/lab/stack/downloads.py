"""The published archives of the emulators: `downloads.toml`, and where their jars are put."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.lab.stack import paths

PUBLISHED = "https://storage.googleapis.com/firebase-preview-drop/emulator"
PINS = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True)
class Download:
    """A published file with the size in bytes and the SHA-256 that it must have."""

    file: str
    bytes: int
    sha256: str

    @property
    def jar(self) -> Path:
        """Return the path of the jar that it becomes."""
        return paths.EMULATORS / f"{Path(self.file).stem}.jar"


def find_download(component: str, pins: Path = PINS) -> Download:
    """Return the published archive of an emulator."""
    return Download(**tomllib.loads(pins.read_text(encoding="utf-8"))[component])


def base_url(environ: Mapping[str, str] = os.environ) -> str:
    """Return the URL of the folder of all archives: a mirror's, or Google's."""
    return (environ.get("EMULATORS_URL") or PUBLISHED).rstrip("/")
