"""A copy of what Terraform reads, to try and to spoil without touching the project."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.lab.stack.paths import ROOT
from tests.tools import TERRAFORM

FOLDERS = ("terraform", "functions", "shared")
LEFTOVERS = (".terraform", ".build", "__pycache__", "*.tfstate*", "*.tfplan")


class Workspace:
    """Run Terraform in those modules of a copy of the project that need no providers."""

    def __init__(self, folder: Path, source: Path = ROOT, leftovers: Sequence[str] = LEFTOVERS) -> None:
        """Copy a project's files to an empty folder, except leftovers."""
        for name in FOLDERS:
            shutil.copytree(source / name, folder / name, ignore=shutil.ignore_patterns(*leftovers))
        self.root = folder
        self.folder = folder / "terraform"

    def run(self, folder: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command of Terraform to its end, whatever that is; `folder` is relative to terraform/."""
        return subprocess.run(
            [TERRAFORM.require(), *arguments],
            cwd=self.folder / folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def must(self, folder: str, *arguments: str) -> str:
        """Run one command that has to succeed and return its output."""
        done = self.run(folder, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace the one place in a file, its path relative to the copy, that reads `old`."""
        file = self.root / path
        text = file.read_text()
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {path}"
        file.write_text(text.replace(old, new))
