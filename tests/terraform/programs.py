"""Stand-ins for the programs that scripts call: they note how they are called and answer as a test says."""

import json
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

LAUNCHER = """#!/bin/sh
exec {python} -S {program} "$@"
"""
"""A `#!` line cannot have a path with spaces."""

PROGRAM = """
import json, re, sys
from pathlib import Path
folder = Path({folder!r})
call = " ".join([{name!r}, *sys.argv[1:]])
with (folder / "calls").open("a") as calls:
    calls.write(json.dumps(call) + "\\n")
rules = json.loads((folder / "rules").read_text())
for index, rule in enumerate(rules):
    if re.search(rule["call"], call) and rule["times"] != 0:
        rules[index]["times"] -= 1
        (folder / "rules").write_text(json.dumps(rules))
        sys.stdout.write(rule["out"])
        sys.stderr.write(rule["error"])
        sys.exit(rule["code"])
"""


class Programs:
    """A folder of stand-ins; each succeeds without a word unless a rule says otherwise."""

    def __init__(self, folder: Path, *names: str) -> None:
        """Make the stand-ins by their names, in an empty folder."""
        self._folder = folder
        self._rules: list[dict[str, object]] = []
        self._write()
        for name in names:
            program = folder / name
            python = shlex.quote(sys.executable)
            program.write_text(LAUNCHER.format(python=python, program=shlex.quote(f"{program}.py")))
            (folder / f"{name}.py").write_text(PROGRAM.format(folder=str(folder), name=name))
            program.chmod(program.stat().st_mode | stat.S_IXUSR)

    def answer(self, call: str, out: str = "", *, error: str = "", code: int = 0, times: int = -1) -> None:
        """Answer calls that match a pattern, `times` times or always; the first rule that matches counts."""
        self._rules.append({"call": call, "out": out, "error": error, "code": code, "times": times})
        self._write()

    @property
    def calls(self) -> list[str]:
        """Return the calls so far, each as one line."""
        file = self._folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def run(
        self, script: Path, *arguments: str, folder: Path | None = None, typed: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a script that finds the stand-ins and the system's own programs."""
        return subprocess.run(
            [script, *arguments],
            cwd=folder,
            env={
                **os.environ,
                **environment,
                "PATH": f"{self._folder}:{Path(sys.executable).parent}:/usr/bin:/bin",
            },
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )

    def _write(self) -> None:
        (self._folder / "rules").write_text(json.dumps(self._rules))
