"""The programs that some tests use where they are found: `python -m tests.tools` names the missing ones.

Without them those tests are skipped, and the end of the run says so; under CI=true they fail. This module
needs only the standard library, so that `make doctor` runs before anything is installed.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from tests.lab.stack.paths import TOOLS

PATH = os.pathsep.join((os.environ.get("PATH", ""), str(TOOLS / "bin")))


@dataclass(frozen=True)
class Tool:
    """A program that tests use.

    Attributes:
        names: the file names of the program; any of them is enough.
        tests: what is not tested without it.
        linux: how to get it on Linux.
        macos: how to get it on macOS.
        variable: an environment variable that names the program, if there is one.
    """

    name: str
    names: Sequence[str]
    tests: str
    linux: str
    macos: str
    variable: str = ""

    @property
    def remedy(self) -> str:
        """Return how to get it on this system."""
        return self.macos if sys.platform == "darwin" else self.linux

    @property
    def problem(self) -> str:
        """Return the reason with which its tests are skipped."""
        return f"{self.name} is missing"

    def find(self) -> str | None:
        """Return the path of the program, None if there is none."""
        if self.variable and (given := os.environ.get(self.variable)):
            return given
        return next(filter(None, (shutil.which(name, path=PATH) for name in self.names)), None)

    def require(self) -> str:
        """Return the path of the program; without it skip the test, under CI=true fail it."""
        import pytest

        if found := self.find():
            return found
        reason = f"{self.problem}; to get it: {self.remedy}"
        raise (pytest.fail.Exception if is_ci() else pytest.skip.Exception)(reason)


TERRAFORM = Tool(
    "terraform",
    ["terraform"],
    "the deployment's validation, options and rules",
    "https://developer.hashicorp.com/terraform/install, version 1.11 or newer",
    "brew install hashicorp/tap/terraform",
)
GCLOUD = Tool(
    "gcloud",
    ["gcloud"],
    "the gcloud commands of runbooks and scripts",
    "https://cloud.google.com/sdk/docs/install",
    "brew install --cask gcloud-cli",
)
CHROMIUM = Tool(
    "chromium",
    [
        *("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"),
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ],
    "the console in a browser",
    "sudo make chromium, or set CHROMIUM to the path of a browser",
    "brew install --cask google-chrome",
    "CHROMIUM",
)
PROMETHEUS = Tool(
    "prometheus", ["prometheus"], "the dashboards", "make prometheus", "brew install prometheus"
)
PROMTOOL = Tool("promtool", ["promtool"], "the alerts", "make prometheus", "brew install prometheus")
GIT = Tool("git", ["git"], "secrets in committed files", "sudo apt-get install git", "xcode-select --install")
ALL = (TERRAFORM, GCLOUD, CHROMIUM, PROMETHEUS, PROMTOOL, GIT)


def is_ci() -> bool:
    """Return whether a missing program fails its tests."""
    return os.environ.get("CI") == "true"


def main() -> int:
    """Name what will not be tested and how to get it; return 1 if that is not allowed."""
    missing = [tool for tool in ALL if not tool.find()]
    for tool in missing:
        print(
            f"{'missing' if is_ci() else 'will not be tested'}: {tool.tests} ({tool.problem})\n"
            f"  to get it: {tool.remedy}",
            file=sys.stderr,
        )
    return 1 if missing and is_ci() else 0


if __name__ == "__main__":
    sys.exit(main())
