"""The local stack restarts the functions that use a changed file, and no others."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.lab.stack.paths import ROOT
from tests.lab.stack.polling import until
from tests.lab.stack.reload import reloading, uses


class Process:
    """Counts the restarts of a function."""

    def __init__(self, function: str) -> None:
        self.function = function
        self.restarts = 0

    def restart(self) -> None:
        """Count a restart."""
        self.restarts += 1


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a project of two functions. `order` imports `shared/rules/tax.py` through another module."""
    for name, text in {
        "functions/order/main.py": "from shared.consumer import handle\n",
        "functions/page/main.py": "def late():\n    import shared.page\n",
        "functions/page/templates/page.html": "",
        "shared/__init__.py": "",
        "shared/consumer.py": "from shared.rules import tax\n",
        "shared/rules/__init__.py": "",
        "shared/rules/tax.py": "",
        "shared/page.py": "",
        "shared/unused.py": "",
        "shared/table.json": "",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "functions"),
    [
        ("functions/order/main.py", "order"),
        ("functions/page/templates/page.html", "page"),
        ("shared/consumer.py", "order"),
        ("shared/rules/tax.py", "order"),
        ("shared/rules/__init__.py", "order"),
        ("shared/page.py", "page"),
        ("shared/__init__.py", "order page"),
        ("shared/table.json", "order page"),
        ("shared/unused.py", ""),
    ],
)
def test_a_file_belongs_to_the_functions_that_import_it(root: Path, changed: str, functions: str) -> None:
    """Imports count directly, indirectly, inside functions, and of the packages around a module."""
    found = [name for name in ("order", "page") if uses(name, [root / changed], root)]

    assert found == functions.split()


def test_every_function_of_the_project_uses_the_settings() -> None:
    """The real functions' imports are found."""
    names = [file.parent.name for file in (ROOT / "functions").glob("*/main.py")]

    assert names
    assert all(uses(name, [ROOT / "shared" / "settings.py"]) for name in names)


@pytest.fixture
async def processes(root: Path) -> AsyncIterator[dict[str, Process]]:
    """Yield processes that are restarted at changes."""
    started = {name: Process(name) for name in ("order", "page")}
    task = asyncio.create_task(reloading(started, root))
    await asyncio.sleep(0)  # the first look
    yield started
    task.cancel()


async def test_a_change_restarts_what_uses_it_once(root: Path, processes: dict[str, Process]) -> None:
    """Changes of one moment are one restart; a file in the middle of an edit is no error."""
    (root / "shared" / "consumer.py").write_text("from shared.rules import (")
    (root / "functions" / "order" / "main.py").write_text("from shared.consumer import handle  # edited\n")

    await until(lambda: processes["order"].restarts > 0)
    (root / "functions" / "page" / "templates" / "page.html").unlink()
    await until(lambda: processes["page"].restarts > 0)

    assert [each.restarts for each in processes.values()] == [1, 1]


async def test_compiled_files_are_no_change(root: Path, processes: dict[str, Process]) -> None:
    """What Python writes at an import restarts nothing; the change after it does."""
    cache = root / "shared" / "__pycache__" / "page.pyc"
    cache.parent.mkdir()
    cache.touch()
    os.utime(root / "functions" / "order" / "main.py", (0, 0))

    await until(lambda: processes["order"].restarts > 0)

    assert processes["page"].restarts == 0
