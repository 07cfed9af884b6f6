"""A program ends with the process that started it, also where the kernel sends no signal."""

import subprocess
import sys

import psutil
import pytest

from tests.lab.stack import die_with_parent

SCRIPT = die_with_parent.__file__
WRAPPER = """
import runpy, sys
_, sys.platform, *sys.argv = sys.argv
runpy.run_path(sys.argv[0], run_name="__main__")
"""
PARENT = f"""
import os, subprocess, sys
wrapped = [sys.executable, "-c", {WRAPPER!r}, sys.argv[1], {SCRIPT!r}, str(os.getpid()), "15"]
child = subprocess.Popen([*wrapped, sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_it_ends_with_a_killed_parent(platform: str) -> None:
    """SIGKILL to the parent ends the program, and the process that watches, if there is one."""
    command = [sys.executable, "-c", PARENT, platform]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        program = psutil.Process(int(parent.stdout.readline()))
        parent.kill()

    program.wait(timeout=20)


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_it_replaces_the_wrapper(platform: str) -> None:
    """While the parent lives the program runs to its end, and its exit status is the wrapper's."""
    run = [sys.executable, "-c", WRAPPER, platform, SCRIPT, str(psutil.Process().pid), "15"]

    assert subprocess.run([*run, sys.executable, "-c", "raise SystemExit(3)"], check=False).returncode == 3
