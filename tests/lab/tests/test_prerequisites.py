"""Everything that the machine lacks is reported at once, with a remedy for each."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.stack import prerequisites, sdk
from tests.lab.stack.errors import MissingPrerequisiteError
from tests.lab.stack.paths import ROOT
from tests.lab.stack.processes import free_port


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return an empty folder as the only one on PATH, with no variable for Java or the SDK."""
    for variable in ("JAVA_HOME", "CLOUDSDK_ROOT_DIR", sdk.PUBSUB.variable, sdk.FIRESTORE.variable):
        monkeypatch.delenv(variable, raising=False)
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def install(program: Path, prints: str) -> None:
    """Write a program that prints to standard error, as `java -version` does."""
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!/bin/sh\necho '{prints}' >&2\n")
    program.chmod(0o755)


def install_sdk(root: Path, *components: sdk.Component) -> None:
    """Create an SDK with the jars of some components."""
    (root / "platform").mkdir(parents=True)
    for component in components:
        jar = root / "platform" / component.jar.replace("*", "1.0")
        jar.parent.mkdir(parents=True)
        jar.touch()


def test_everything_missing_is_reported_at_once(bare: Path) -> None:
    """Without Java and the SDK, both are reported, once each."""
    problems = [str(problem) for problem in prerequisites.missing()]

    assert len(problems) == 2
    assert "java is not found. Install a Java runtime, version 11 or newer" in problems[0]
    assert "the Google Cloud SDK is not found. Install it" in problems[1]


def test_each_missing_emulator_has_its_own_remedy(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without emulators in the SDK, each one is reported with its command."""
    install(bare / "java", 'openjdk version "17.0.15" 2025-04-15')
    install_sdk(bare / "sdk")
    monkeypatch.setenv("CLOUDSDK_ROOT_DIR", str(bare / "sdk"))

    remedies = [problem.remedy for problem in prerequisites.missing()]

    assert len(remedies) == 2
    assert "`gcloud components install pubsub-emulator`" in remedies[0]
    assert "google-cloud-cli-firestore-emulator" in remedies[1]


def test_nothing_is_missing_with_a_complete_sdk(bare: Path) -> None:
    """The SDK is found through a gcloud link on PATH."""
    install(bare / "java", 'openjdk version "21" 2023-09-19')
    install_sdk(bare / "sdk", sdk.PUBSUB, sdk.FIRESTORE)
    install(bare / "sdk" / "bin" / "gcloud", "")
    (bare / "gcloud").symlink_to(bare / "sdk" / "bin" / "gcloud")

    assert prerequisites.missing() == []


@pytest.mark.parametrize(
    "says", ['java version "1.8.0_292"', "Unable to locate a Java Runtime."], ids=["too old", "a stub"]
)
def test_an_unusable_java_is_refused(bare: Path, says: str) -> None:
    """A Java that is too old, or a launcher without a runtime, is refused."""
    install(bare / "java", says)

    with pytest.raises(MissingPrerequisiteError, match="unusable or too old"):
        sdk.find_java()


def test_java_home_comes_before_path(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JAVA_HOME's Java is used even if PATH has another."""
    install(bare / "java", 'openjdk version "17"')
    install(bare / "home" / "bin" / "java", 'openjdk version "21"')
    monkeypatch.setenv("JAVA_HOME", str(bare / "home"))

    assert sdk.find_java() == bare / "home" / "bin" / "java"


def test_a_silent_address_is_missing(bare: Path) -> None:
    """If variables name emulators, only an emulator without an answer is a problem."""
    silent = f"127.0.0.1:{free_port()}"
    environ = {sdk.PUBSUB.variable: silent, sdk.FIRESTORE.variable: silent}

    problems = [problem.problem for problem in prerequisites.missing(environ)]

    assert problems == [
        f"PUBSUB_EMULATOR_HOST is {silent}, but nothing answers there",
        f"FIRESTORE_EMULATOR_HOST is {silent}, but nothing answers there",
    ]


def test_the_command_fails_with_every_remedy(bare: Path) -> None:
    """The command exits with 1 and prints each problem with its remedy."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.lab.stack.prerequisites"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ,
    )

    assert ran.returncode == 1
    assert ran.stderr.count("missing: ") == ran.stderr.count("remedy: ") == 2
