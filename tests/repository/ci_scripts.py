"""Load a script of .ci as a module: the folder's name is not a package's."""

import importlib.util
from types import ModuleType

from tests.lab.stack.paths import ROOT


def load(name: str) -> ModuleType:
    """Return the module of `.ci/<name>.py`."""
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
