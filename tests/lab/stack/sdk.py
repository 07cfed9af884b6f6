"""Find Java and the emulators of the Google Cloud SDK.

The stack starts the jars directly: the SDK's launchers take seconds, and leave Java running when they are
ended.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.lab.stack.errors import MissingPrerequisiteError

MINIMUM_JAVA = 11


@dataclass(frozen=True)
class Component:
    """One emulator of the SDK.

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


def find_java() -> Path:
    """Return the Java launcher of JAVA_HOME, else the one on PATH.

    Raises:
        MissingPrerequisiteError: there is none, it does not run, or it is older than Java 11.
    """
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin" if home else None)
    remedy = f"Install a Java runtime, version {MINIMUM_JAVA} or newer, and put it on PATH or in JAVA_HOME"
    if found is None:
        raise MissingPrerequisiteError("java is not found", remedy)
    version = _java_version(found)
    if version < MINIMUM_JAVA:
        raise MissingPrerequisiteError(f"java at {found} is unusable or too old", remedy)
    return Path(found).resolve()


def _java_version(java: str) -> int:
    """Return the major version; 0 for a launcher without a runtime, which macOS has."""
    printed = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    match = re.search(r'version "(?:1\.)?(\d+)', printed)
    return int(match[1]) if match else 0


def find_sdk() -> Path:
    """Return the SDK's root: CLOUDSDK_ROOT_DIR, else two levels above the `gcloud` on PATH.

    `gcloud info` also prints it, but takes seconds.

    Raises:
        MissingPrerequisiteError: there is no SDK with a `platform` directory.
    """
    gcloud = shutil.which("gcloud")
    candidates = [Path(gcloud).resolve().parents[1]] if gcloud else []
    if given := os.environ.get("CLOUDSDK_ROOT_DIR"):
        candidates.insert(0, Path(given))
    for root in candidates:
        if (root / "platform").is_dir():
            return root
    raise MissingPrerequisiteError(
        "the Google Cloud SDK is not found",
        "Install it (https://cloud.google.com/sdk/docs/install), gcloud on PATH, or set CLOUDSDK_ROOT_DIR",
    )


def find_jar(component: Component) -> Path:
    """Return the emulator's jar.

    Raises:
        MissingPrerequisiteError: the SDK or its component is not installed.
    """
    jars = sorted((find_sdk() / "platform").glob(component.jar))
    if not jars:
        raise MissingPrerequisiteError(
            f"the SDK has no {component.name}",
            f"Run `gcloud components install {component.name}`, "
            f"or install the package google-cloud-cli-{component.name.removeprefix('cloud-')}",
        )
    return jars[-1]
