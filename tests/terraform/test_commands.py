"""Commands on pages and in scripts have the syntax of the real programs."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.stack.paths import ROOT
from tests.terraform.hcl import FOLDER
from tests.terraform.test_build import BUILDS
from tests.tools import GCLOUD

PAGES = [FOLDER / "README.md", *sorted((FOLDER / "runbooks").rglob("*.md"))]
SCRIPTS = [FOLDER / "bootstrap.sh", FOLDER / "canary.sh"]
TIME = "2026-11-26T03:00:00Z"
WRONG = f"gcloud pubsub subscriptions seek x --tim={TIME}"
VALUES = {"$TIME": TIME, '"$key"': "key", '"$keyset"': "keyset"}


def commands(text: str) -> Iterator[str]:
    """Yield the lines of a page's console blocks that a person types, whole where they are continued."""
    for block in re.findall(r"(?ms)^\s*```console\n(.*?)^\s*```", text):
        for line in re.sub(r"\\\n\s*", "", block).splitlines():
            yield re.sub(r"^\s*(\$ )?", "", line)


def calls(lines: Iterator[str]) -> Iterator[str]:
    """Yield each call of gcloud within lines, with something plain in place of every variable."""
    for line in lines:
        for found in re.findall(r"(?:^|\$\(|&& )(gcloud .*?)(?:\)$|\); do$|$)", line.partition(" | ")[0]):
            yield plain(found)


def plain(call: str) -> str:
    """Replace variables and substitutions by values."""
    for name, value in VALUES.items():
        call = call.replace(name, value)
    return re.sub(r"\$\{?\w+\}?|\$\([^()]*\)", "x", call)


def page_calls() -> set[tuple[str, str]]:
    """Return the calls of all pages, each with the page's name."""
    return {(page.name, call) for page in PAGES for call in calls(commands(page.read_text()))}


def script_calls() -> set[tuple[str, str]]:
    """Return the calls of scripts and builds."""
    texts = {file.name: file.read_text() for file in SCRIPTS}
    texts |= {
        name: "\n".join(step.get("script", "") for step in build["steps"]) for name, build in BUILDS.items()
    }
    joined = {name: re.sub(r"\\\n\s*", "", text) for name, text in texts.items()}
    pattern = r"(?m)(?:^|run |there |\(|\()\s*(gcloud (?:[^\n|;)(]|\([^)]*\))+)"
    return {
        (name, plain(re.sub(r"\s(then|>|do)\b.*| > .*", "", call)))
        for name, text in joined.items()
        for call in re.findall(pattern, text)
    }


@pytest.fixture(scope="module")
def linted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what gcloud's own parser says of every call and of a wrong one; it needs no network."""
    GCLOUD.require()
    found = [*sorted({call for _, call in page_calls() | script_calls()}), WRONG]
    file = tmp_path_factory.mktemp("commands") / "commands.json"
    file.write_text(json.dumps([{"command_string": call} for call in found]))
    lint = ["gcloud", "meta", "lint-gcloud-commands", f"--commands-file={file}"]
    done = subprocess.run(lint, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(zip(found, json.loads(done.stdout), strict=True))


def test_pages_have_commands() -> None:
    """The pages that a person on call follows are found, with their commands."""
    named = {page for page, _ in page_calls()}
    assert {"README.md", "restore.md", "replace_subscription.md", "roll_back.md"} < named


@pytest.mark.parametrize(("page", "call"), sorted(page_calls()))
def test_gcloud_takes_a_pages_commands(linted: dict[str, Any], page: str, call: str) -> None:
    """Every command, flag and argument on a page exists in the real program."""
    assert linted[call]["success"], f"{call}: {linted[call].get('error_message')}"


@pytest.mark.parametrize(("script", "call"), sorted(script_calls()))
def test_gcloud_takes_a_scripts_commands(linted: dict[str, Any], script: str, call: str) -> None:
    """Every command, flag and argument in a script exists in the real program."""
    assert linted[call]["success"], f"{call}: {linted[call].get('error_message')}"


def test_a_wrong_command_is_noticed(linted: dict[str, Any]) -> None:
    """The proof itself can fail: a flag that does not exist is reported."""
    assert not linted[WRONG]["success"]


def test_scripts_that_pages_name_take_their_options() -> None:
    """`traffic.py` has every command and option that a page types, and the other scripts exist."""
    shown = subprocess.run([FOLDER / "traffic.py", "--help"], capture_output=True, text=True, check=True)
    for page in PAGES:
        for line in commands(page.read_text()):
            for script in re.findall(r"terraform/(\w+\.(?:sh|py))", line):
                assert (FOLDER / script).exists(), line
            if "traffic.py" in line:
                words = shlex.split(line)[2:]
                options = [word.partition("=")[0] for word in words if word.startswith("--")]
                assert all(word in shown.stdout for word in (words[0], *options)), line


def test_modules_that_pages_name_exist() -> None:
    """Commands run modules that are there."""
    for page in PAGES:
        for module in re.findall(r"python -m ([\w.]+)", page.read_text()):
            path = ROOT.joinpath(*module.split("."))
            assert path.with_suffix(".py").exists() or (Path(path) / "__main__.py").exists(), module
