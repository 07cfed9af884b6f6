"""Find Java and Google's emulators: those of the machine, else those in `.tools/`.

The stack starts the jars directly: the SDK's launchers take seconds, and leave Java running when they are
ended. This module needs only the standard library, so that `make doctor` runs before anything is installed.
"""

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.lab.stack import paths
from tests.lab.stack.downloads import find_download
from tests.lab.stack.errors import MissingPrerequisiteError

MINIMUM_JAVA = 11
CLASS_VERSION_OF_JAVA_0 = 44
REMEDY = "Run `make tools`, which fetches it"


@dataclass(frozen=True)
class Component:
    """One emulator.

    Attributes:
        name: the component's name, as in `gcloud components install NAME`.
        variable: the environment variable with a running one's address, for Google's clients.
        jar: glob of the jar under the SDK's `platform` directory.
        main: the jar's main class.
    """

    name: str
    variable: str
    jar: str
    main: str


PUBSUB = Component(
    name="pubsub-emulator",
    variable="PUBSUB_EMULATOR_HOST",
    jar="pubsub-emulator/lib/cloud-pubsub-emulator-*.jar",
    main="com.google.cloud.pubsub.testing.v1.Main",
)
FIRESTORE = Component(
    name="cloud-firestore-emulator",
    variable="FIRESTORE_EMULATOR_HOST",
    jar="cloud-firestore-emulator/cloud-firestore-emulator*.jar",
    main="com.google.cloud.datastore.emulator.firestore.CloudFirestore",
)
COMPONENTS = (PUBSUB, FIRESTORE)


def find_java(minimum: int = MINIMUM_JAVA) -> Path:
    """Return the first Java that is new enough: of JAVA_HOME, of PATH, of `.tools/`.

    Raises:
        MissingPrerequisiteError: there is none; the text has those that are too old or do not run.
    """
    refused = []
    for java in _java_candidates():
        if java_version(java) >= minimum:
            return java.resolve()
        refused.append(str(java))
    too_old = f" ({', '.join(refused)}: unusable or too old)" if refused else ""
    raise MissingPrerequisiteError(f"Java {minimum} or newer is not found{too_old}", REMEDY)


def _java_candidates() -> Iterator[Path]:
    folders = (f"{home}/bin" if (home := os.environ.get("JAVA_HOME")) else "", None, str(paths.JAVA / "bin"))
    for folder in folders:
        if folder != "" and (found := shutil.which("java", path=folder)):
            yield Path(found)


def java_version(java: Path) -> int:
    """Return the major version; 0 for a launcher without a runtime, which macOS has."""
    try:
        printed = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    except OSError:  # built for another processor
        return 0
    match = re.search(r'version "(?:1\.)?(\d+)', printed)
    return int(match[1]) if match else 0


def required_java(jar: Path, component: Component) -> int:
    """Return the oldest Java that runs an emulator's jar: its main class names it."""
    with zipfile.ZipFile(jar) as classes, classes.open(f"{component.main.replace('.', '/')}.class") as main:
        return max(MINIMUM_JAVA, int.from_bytes(main.read(8)[6:8]) - CLASS_VERSION_OF_JAVA_0)


def find_sdk() -> Path | None:
    """Return the SDK's root: CLOUDSDK_ROOT_DIR, else two levels above the `gcloud` on PATH; None without one.

    `gcloud info` also prints it, but takes seconds.
    """
    gcloud = shutil.which("gcloud")
    candidates = [Path(gcloud).resolve().parents[1]] if gcloud else []
    if given := os.environ.get("CLOUDSDK_ROOT_DIR"):
        candidates.insert(0, Path(given))
    return next((root for root in candidates if (root / "platform").is_dir()), None)


def find_jar(component: Component) -> Path:
    """Return the jar of the SDK's emulator, else the one in `.tools/`.

    Raises:
        MissingPrerequisiteError: there is neither.
    """
    if sdk := find_sdk():
        jars = sorted((sdk / "platform").glob(component.jar))
        if jars:
            return jars[-1]
    if (fetched := find_download(component.name).jar).is_file():
        return fetched
    raise MissingPrerequisiteError(f"the {component.name} is not found", REMEDY)
