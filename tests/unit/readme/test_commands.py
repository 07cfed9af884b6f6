"""The commands on every page run: their modules, options and tests exist."""

import re
import shlex
from importlib.util import find_spec

import cli
from tests.lab.stack.paths import ROOT
from tests.unit.readme.page import CONSOLE, PAGES, text

MAKEFILE = ROOT / "Makefile"
MODULE = re.compile(r"python3? -m ((?:shared|tests)\.[\w.]*\w)")
ARGUMENTS = re.compile(r'make ([a-z]+) ARGS="([^"]+)"')
PROGRAM = re.compile(r"^([a-z]+):.*\n(?:\t.*\n)*?\t.* python -m ([\w.]+) \$\(ARGS\)", re.MULTILINE)
TEST_NAME = re.compile(r"pytest -k (\w+)")


def source(module: str) -> str:
    """Return the code of a module, or of all modules of a package."""
    path = ROOT.joinpath(*module.split("."))
    files = sorted(path.glob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    return "\n".join(map(text, files))


def test_every_module_that_a_page_runs_exists() -> None:
    """`python -m` finds it."""
    for page in PAGES:
        assert [each for each in MODULE.findall(text(page)) if find_spec(each) is None] == [], page


def test_every_option_that_a_page_passes_to_a_target_exists() -> None:
    """The program behind the target defines it."""
    programs = dict(PROGRAM.findall(text(MAKEFILE)))
    written = [each for page in PAGES for each in ARGUMENTS.findall(text(page)) if each[0] in programs]
    assert written
    for target, arguments in written:
        code = source(programs[target])
        options = [each for each in shlex.split(arguments) if each.startswith("--")]
        assert [each for each in options if f'"{each}"' not in code] == [], target


def test_the_console_s_page_shows_commands_that_its_program_accepts() -> None:
    """Each example of `make failed` parses."""
    examples = [arguments for target, arguments in ARGUMENTS.findall(text(CONSOLE)) if target == "failed"]
    assert examples
    for each in examples:
        assert cli._parser().parse_args(shlex.split(each)).command


def test_every_test_that_a_page_runs_by_name_exists() -> None:
    """`pytest -k` selects at least one test."""
    names = [name for page in PAGES for name in TEST_NAME.findall(text(page))]
    code = "\n".join(map(text, (ROOT / "tests").rglob("test_*.py")))
    assert names
    assert [name for name in names if not re.search(rf"def test_\w*{name}", code)] == []
