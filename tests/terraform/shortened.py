"""Copy the project with its sources shortened, to plan and to apply: `python -m tests.terraform.shortened FOLDER`.

Terraform sorts the texts of an archive at every plan, and writes the texts of all archives (5 MB) to the state after
every resource that it applies. With short texts both take a fifth of the time. What decides about a plan stays: the
names of the files, and their imports.
"""

import ast
import sys
from pathlib import Path

from tests.terraform.staging import Workspace


def copy(folder: Path) -> None:
    """Copy the project to an empty folder; each source becomes its path and its import statements."""
    root = Workspace(folder).root
    for part in ("functions", "shared"):
        for file in (root / part).rglob("*"):
            if file.is_file():
                imports = _imports(file.read_text()) if file.suffix == ".py" else []
                file.write_text("\n".join([f"# {file.relative_to(root)}", *imports, ""]))


def _imports(text: str) -> list[str]:
    found = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom))
    return [ast.unparse(node) for node in found]


if __name__ == "__main__":
    copy(Path(sys.argv[1]))
