"""Fuzz deliveries and print the number of inputs: `python -m tests.lab.fuzz --seconds 60 --drawn`.

Exits with 1 at the first wrong answer, and keeps that input in `.reports/fuzz`.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.lab.fuzz.tally import count_drawn, count_grown, verdict
from tests.lab.stack.paths import ROOT

CRASHES = ROOT / ".reports" / "fuzz"
PYTEST_ARGUMENTS = (
    *("-q", "--hypothesis-profile=long", "--hypothesis-show-statistics"),
    "--timeout=3600",  # thousands of examples need a long time
    "tests/lab/tests/test_fuzz.py",
)


def main(words: Sequence[str] | None = None) -> int:
    """Fuzz with inputs grown by coverage, then with drawn ones if requested; print the verdict."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--runs", type=int, default=-1, help="limit of grown inputs; -1: no limit")
    parser.add_argument("--target", default="tests.lab.fuzz.target:Target", help="module:class")
    parser.add_argument("--drawn", action="store_true", help="also draw payloads from the contracts")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        bounds = (f"--seconds={options.seconds}", f"--runs={options.runs}", f"--target={options.target}")
        status, output = _run_and_print("tests.lab.fuzz.harness", folder, *bounds)
        crashes = [_keep_crash(each) for each in sorted(Path(folder).glob("*-*"))]
    counts = {"grown by coverage": count_grown(output)}
    if options.drawn and not status:
        status, output = _run_and_print("pytest", *PYTEST_ARGUMENTS)
        counts["drawn from the contracts"] = count_drawn(output)
    print(verdict(counts, status=status, crashes=crashes), flush=True)
    return 1 if status or crashes or not all(counts.values()) else 0


def _run_and_print(module: str, *words: str) -> tuple[int, str]:
    """Run a module and print its output; return its status and output."""
    command = [sys.executable, "-m", module, *words]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as run:
        assert run.stdout is not None
        output = [_print_line(line) for line in run.stdout]
    return run.returncode, "".join(output)


def _print_line(line: str) -> str:
    if not re.match(r"#\d+\s+(NEW|REDUCE)", line):  # do not print a line for each step
        sys.stdout.write(line)
    return line


def _keep_crash(crash: Path) -> str:
    CRASHES.mkdir(parents=True, exist_ok=True)
    return str(Path(shutil.move(crash, CRASHES / crash.name)).relative_to(ROOT))


if __name__ == "__main__":
    sys.exit(main())
