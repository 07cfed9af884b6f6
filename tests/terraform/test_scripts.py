"""Shell scripts, those inside of builds and the Makefile pass shellcheck, and run on macOS too."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.stack.paths import ROOT
from tests.terraform.test_build import BUILDS, steps

FOLDERS = (".ci", "terraform", "tests")
SHELLCHECK = Path(sys.executable).parent / "shellcheck"
SHEBANG = ("#!/usr/bin/env bash", "#!/bin/sh")
ONLY_GNU = re.compile(
    "|".join(
        (
            r"readlink -f|realpath|sed -i|sed -r|sed .*\\[+?|]|grep -\w*P|\\s|xargs -\w*r|stat -c",
            r"date (-d|--date|.*%N)|\b(timeout|nproc|tac|setsid|flock|sha256sum|md5sum)\b|find .*-printf",
            r"mktemp --|base64 -w|sort -V|head -n -|cp -\w*[at]|ls --|cut --|install -D",
            r"mapfile|readarray|declare -A|globstar|\|&|&>>|\$\{\w+(,|\^)",
        )
    )
)
"""What the tools and the bash 3.2 of macOS do not have."""

INLINE = [(build, step) for build in BUILDS for step in steps(build)]


def files() -> list[Path]:
    """Return the project's shell scripts."""
    found = (file for name in FOLDERS for file in (ROOT / name).rglob("*") if file.is_file())
    return sorted(file for file in found if file.read_bytes().startswith(b"#!") and is_shell(file))


def is_shell(file: Path) -> bool:
    """Return whether a script is one of the shell."""
    return file.read_text().startswith(SHEBANG)


def shellcheck(file: Path, *options: str) -> str:
    """Return what shellcheck finds; empty where it finds nothing."""
    return subprocess.run([SHELLCHECK, *options, file], capture_output=True, text=True, check=False).stdout


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


@pytest.mark.parametrize("file", [*files(), ROOT / "Makefile"], ids=lambda file: str(file.relative_to(ROOT)))
def test_scripts_run_on_macos(file: Path) -> None:
    """Scripts and Makefile use neither options of GNU's tools nor features of a newer bash."""
    code = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    assert not [line for line in code if ONLY_GNU.search(line)]


def test_a_gnu_option_is_noticed() -> None:
    """The list of options finds one in a line."""
    lines = (
        "sed -i s/a/b/ file",
        "mapfile -t lines",
        "stat -c %s file",
        "grep -oP '\\d' file",
        'echo "${name^^}"',
    )
    assert all(map(ONLY_GNU.search, lines))


def test_recipes_of_the_makefile_are_clean(tmp_path: Path) -> None:
    """Shellcheck finds nothing in the commands that make runs."""
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert targets
    script = tmp_path / "recipes"
    words = ["make", "--silent", "--no-print-directory", "--always-make", "--dry-run", *targets]
    recipes = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    script.write_text(f"{SHEBANG[0]}\n{recipes}")
    # Each recipe is a script of its own: `exec` and `exit` do not end the others. The env file is not there.
    assert not shellcheck(script, "--exclude=SC1091,SC2093,SC2317")
