"""Shell scripts, also those inside of builds, pass shellcheck."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.stack.paths import ROOT
from tests.terraform.test_build import BUILDS, steps

FOLDERS = (".ci", "terraform", "tests")
SHELLCHECK = Path(sys.executable).parent / "shellcheck"
SHEBANG = ("#!/usr/bin/env bash", "#!/bin/sh")
INLINE = [(build, step) for build in BUILDS for step in steps(build)]


def files() -> list[Path]:
    """Return the project's shell scripts."""
    found = (file for name in FOLDERS for file in (ROOT / name).rglob("*") if file.is_file())
    return sorted(file for file in found if file.read_bytes().startswith(b"#!") and is_shell(file))


def is_shell(file: Path) -> bool:
    """Say whether a script is one of the shell."""
    return file.read_text().startswith(SHEBANG)


def shellcheck(file: Path) -> str:
    """Return what shellcheck finds; empty where it finds nothing."""
    return subprocess.run([SHELLCHECK, file], capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_scripts_are_clean(file: Path) -> None:
    """Shellcheck finds nothing in a script."""
    assert not shellcheck(file)


@pytest.mark.parametrize(("build", "step"), INLINE)
def test_scripts_of_builds_are_clean(build: str, step: str, tmp_path: Path) -> None:
    """Shellcheck finds nothing in the script of a build's step."""
    script = tmp_path / step
    script.write_text(steps(build)[step]["script"])
    assert is_shell(script)
    assert not shellcheck(script)
