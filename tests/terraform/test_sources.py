"""Each function's archive holds what it needs and nothing else, and requirements are the locked ones."""

import json
import subprocess
import unicodedata
from pathlib import Path

import pytest

from tests.lab.stack import topology
from tests.lab.stack.functions import sources
from tests.lab.stack.paths import ROOT
from tests.terraform.sources import REQUIREMENTS, archive_files
from tests.terraform.staging import Workspace

FUNCTIONS = sorted(sources(topology.load()))
OPTIONS = "--frozen --no-default-groups --no-annotate --no-header --quiet --format requirements.txt"


@pytest.fixture(scope="module")
def chosen(terraform: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Path]]:
    """Return the files that Terraform chooses for each function, by their path in the archive."""
    workspace = Workspace(tmp_path_factory.mktemp("sources"))
    workspace.must("sources", "init", "-input=false")
    workspace.must("sources", "apply", "-auto-approve", f"-var=functions={json.dumps(FUNCTIONS)}")
    files = json.loads(workspace.must("sources", "output", "-json", "files"))
    here = workspace.folder / "sources"
    return {
        function: {
            inside: (here / outside).resolve().relative_to(workspace.root.resolve())
            for inside, outside in found.items()
        }
        for function, found in files.items()
    }


def test_terraform_finds_the_imports_that_python_has(chosen: dict[str, dict[str, Path]]) -> None:
    """Terraform's reading of import statements finds the same files as the import graph."""
    assert {name: set(found) for name, found in chosen.items()} == {
        name: set(archive_files(name)) for name in FUNCTIONS
    }


def test_every_file_goes_where_it_is_imported_from(chosen: dict[str, dict[str, Path]]) -> None:
    """A function's own files lie at the top of its archive, shared modules below shared/."""
    for function, files in chosen.items():
        for inside, outside in files.items():
            assert str(outside) in {inside, f"functions/{function}/{inside}", "functions/requirements.txt"}


def test_a_rule_of_one_function_is_in_no_other_archive() -> None:
    """A change of how orders are created redeploys the function for them, not the one for dead letters."""
    rule = "shared/domain/create_order.py"
    assert rule in archive_files("order_create")
    assert rule not in archive_files("dlq")


def test_shared_holds_only_python_and_the_contracts() -> None:
    """Archives take modules by their imports, and JSON beside a package; any other kind is left behind."""
    kinds = {each.suffix for each in (ROOT / "shared").rglob("*") if each.is_file()}
    assert kinds - {".pyc", ".md"} == {".py", ".json"}


def test_only_the_console_has_the_published_contracts() -> None:
    """No other function is deployed again because a description changed."""
    document = "shared/contracts/published/asyncapi.json"
    assert [name for name in FUNCTIONS if document in archive_files(name)] == ["console"]


def test_the_console_has_what_it_shows() -> None:
    """Packages, templates and static files are in the console's archive: without them it answers errors."""
    files = archive_files("console")
    assert files.keys() >= {"web/csrf.py", "pages/site.py", "templates/layout.html", "static/console.css"}
    kinds = {"", ".py", ".html", ".css", ".js", ".json", ".svg", ".txt"}
    assert {Path(each).suffix for each in files} == kinds


def test_a_page_is_in_no_archive(chosen: dict[str, dict[str, Path]]) -> None:
    """A change of documentation redeploys no function, though a function's folder may have a page."""
    assert (ROOT / "functions" / "console" / "README.md").exists()
    assert not [file for files in chosen.values() for file in files if file.endswith(".md")]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_archives_take_files_unchanged(function: str) -> None:
    """Terraform takes UTF-8 alone and composes characters: another file stops a plan or is changed."""
    for file in archive_files(function).values():
        text = file.read_bytes().decode()
        assert unicodedata.is_normalized("NFC", text), file


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_of_the_topology_has_a_source(function: str) -> None:
    """What the topology pushes to exists."""
    assert "main.py" in archive_files(function)


def test_requirements_are_the_locked_ones(tmp_path: Path) -> None:
    """The functions are built with exactly what the lock file names."""
    exported = tmp_path / "requirements.txt"
    export = [".tools/bin/uv", "export", *OPTIONS.split(), "-o"]
    subprocess.run([*export, exported], cwd=ROOT, check=True)
    assert exported.read_text() == REQUIREMENTS.read_text(), "run make requirements"
