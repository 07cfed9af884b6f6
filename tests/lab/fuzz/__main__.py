"""Fuzz deliveries and say how many inputs that were: `python -m tests.lab.fuzz --seconds 60 --drawn`.

Exits with 1 at the first input that is answered wrongly; that input is kept in `.reports/fuzz`.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.lab.fuzz.tally import drawn, grown, verdict
from tests.lab.stack.paths import ROOT

KEPT = ROOT / ".reports" / "fuzz"
DRAWN = (
    *("-q", "--hypothesis-profile=long", "--hypothesis-show-statistics"),
    "--timeout=3600",  # thousands of examples take as long as they take
    "tests/lab/tests/test_fuzz.py",
)


def main(words: Sequence[str] | None = None) -> int:
    """Grow inputs by coverage, then draw some from the contracts where asked; print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--runs", type=int, default=-1, help="inputs grown at most; -1 for no limit")
    parser.add_argument("--target", default="tests.lab.fuzz.target:Target", help="module:class")
    parser.add_argument("--drawn", action="store_true", help="draw payloads from the contracts as well")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        bounds = (f"--seconds={options.seconds}", f"--runs={options.runs}", f"--target={options.target}")
        status, said = _followed("tests.lab.fuzz.harness", folder, *bounds)
        crashes = [_kept(each) for each in sorted(Path(folder).glob("*-*"))]
    counts = {"grown by coverage": grown(said)}
    if options.drawn and not status:
        status, said = _followed("pytest", *DRAWN)
        counts["drawn from the contracts"] = drawn(said)
    print(verdict(counts, status=status, crashes=crashes), flush=True)
    return 1 if status or crashes or not all(counts.values()) else 0


def _followed(module: str, *words: str) -> tuple[int, str]:
    """Run a module, passing on what it says; return its status and all it said."""
    command = [sys.executable, "-m", module, *words]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as run:
        assert run.stdout is not None
        said = [_passed_on(line) for line in run.stdout]
    return run.returncode, "".join(said)


def _passed_on(line: str) -> str:
    if not re.match(r"#\d+\s+(NEW|REDUCE)", line):  # a line for each step forward is noise
        sys.stdout.write(line)
    return line


def _kept(crash: Path) -> str:
    KEPT.mkdir(parents=True, exist_ok=True)
    return str(Path(shutil.move(crash, KEPT / crash.name)).relative_to(ROOT))


if __name__ == "__main__":
    sys.exit(main())
