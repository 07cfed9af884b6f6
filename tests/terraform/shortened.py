"""Copy the project with its sources shortened: `python -m tests.terraform.shortened FOLDER`.

The gate plans and applies the copy. Terraform sorts the texts of every archive whenever it reads them, and
writes the texts of all archives (5 MB) to the state after each resource that it applies. With short texts it
takes a fifth of the time. What decides about a plan stays: which files there are, and what they import.
"""

import ast
import sys
from pathlib import Path

from tests.terraform.staging import Workspace


def copy(folder: Path) -> None:
    """Copy the project to an empty folder; each source becomes its path and its imports of `shared`."""
    root = Workspace(folder).root
    for part in ("functions", "shared"):
        for file in (root / part).rglob("*"):
            if file.is_file():
                imports = _imports(file.read_text()) if file.suffix == ".py" else []
                file.write_text("\n".join([f"# {file.relative_to(root)}", *imports, ""]))


def _imports(text: str) -> list[str]:
    found = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom))
    return [line for line in map(ast.unparse, found) if "shared" in line]


if __name__ == "__main__":
    copy(Path(sys.argv[1]))
