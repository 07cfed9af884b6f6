"""The rooms that are mutated, and one run of mutmut for each.

Mutmut reads `[tool.mutmut]` of pyproject.toml and works below its current folder. So each room has a folder
in `.reports/`, with links to the project. Only the tests of the room run: a rule is tested as a rule.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.lab.stack.paths import ROOT

REPORTS = ROOT / ".reports" / "mutants"
LINKED = ("pyproject.toml", "shared", "functions", "terraform", "tests")
MUTMUT = Path(sys.executable).with_name("mutmut")
STATUS = re.compile(r"^ +(\S+): (.+)$", re.MULTILINE)
"""A line of `mutmut results`."""

KILLED = frozenset({"killed", "timeout", "segfault", "suspicious"})
UNCHECKED = frozenset({"not checked", "check was interrupted by user"})


@dataclass(frozen=True, slots=True)
class Room:
    """Code, and the folders of its tests."""

    code: Sequence[str]
    tests: Sequence[str]


ROOMS = {
    "domain": Room(code=("shared/domain",), tests=("tests/unit/domain", "tests/unit/functions")),
    "idempotency": Room(
        code=(
            "shared/consumer/idempotency.py",
            "shared/consumer/claim_documents.py",
            "shared/consumer/processor.py",
        ),
        tests=("tests/unit/consumer",),
    ),
    "contracts": Room(code=("shared/contracts",), tests=("tests/unit/contracts",)),
}


@dataclass(frozen=True, slots=True)
class Result:
    """What became known of a sample; `diff` shows each survivor."""

    known: int
    """All mutants of the room."""
    killed: int
    checked: int
    survivors: Sequence[str]
    unchecked: Sequence[str]
    diff: str


def run_room(name: str, *, count: int, seed: str, limit_s: float) -> Result:
    """Run a sample of a room's mutants, one after the other."""
    known = mutants(ROOMS[name])
    sample = draw(known, count, seed)
    folder = _work_folder(name)
    print(f"mutants: {name}: {len(sample)} of {len(known)}", flush=True)
    _run_mutmut(folder, sample, ROOMS[name].tests, limit_s)
    statuses = dict(STATUS.findall(_mutmut(folder, "results", "--all", "true")))
    survivors = [each for each in sample if statuses[each] not in KILLED | UNCHECKED]
    unchecked = [each for each in sample if statuses[each] in UNCHECKED]
    checked = len(sample) - len(unchecked)
    return Result(
        known=len(known),
        killed=checked - len(survivors),
        checked=checked,
        survivors=survivors,
        unchecked=unchecked,
        diff="\n".join(_mutmut(folder, "show", each) for each in survivors),
    )


def mutants(room: Room) -> list[str]:
    """Name every mutant of a room's code."""
    # Imported here: it takes half a second, and every worker of a test run collects the tests of this module.
    from mutmut.mutation.file_mutation import mutate_file_contents
    from mutmut.utils.format_utils import get_mutant_name

    files = [file for each in room.code for file in _python_files(ROOT / each)]
    return [
        get_mutant_name(file.relative_to(ROOT), each)
        for file in files
        for each in mutate_file_contents(str(file), file.read_text(encoding="utf-8")).mutant_names
    ]


def draw(names: Sequence[str], count: int, seed: str) -> list[str]:
    """Draw a sample by hash: a larger sample contains the smaller one, also after a change of other code."""
    return sorted(names, key=lambda name: sha256(f"{seed}:{name}".encode()).digest())[:count]


def _python_files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _work_folder(name: str) -> Path:
    folder = REPORTS / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for each in LINKED:
        (folder / each).symlink_to(ROOT / each)
    return folder


def _run_mutmut(folder: Path, sample: Sequence[str], tests: Sequence[str], limit_s: float) -> None:
    """Test the mutants; at the limit mutmut stops and keeps its results."""
    options = f'-o "testpaths={" ".join(tests)}"'
    with (
        (folder / "mutmut.log").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            [MUTMUT, "run", "--max-children", "1", *sample],
            cwd=folder,
            env=os.environ | {"PYTEST_ADDOPTS": options},
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            code = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            code = process.wait()
    if code:
        raise SystemExit(f"mutants: mutmut failed; see {log.name}")


def _mutmut(folder: Path, *arguments: str) -> str:
    return subprocess.run([MUTMUT, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout
