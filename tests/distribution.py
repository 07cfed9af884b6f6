"""How a parallel run (`-n auto --dist loadfile`) distributes test files over its workers."""

import os
from functools import cache
from pathlib import Path

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

WAITING = "tests/lab/tests/test_relay_"
"""The files that wait most of their time, for the relay's clock: the beginning of their names."""


class StackScheduling(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Run all files of a folder that use the shared stack on one worker.

    Every worker with such a file starts a stack: half a minute of processor time. Two folders, the browser's
    and the emulators', keep two workers busy about equally long. One worker runs all files that wait, and
    begins with them: side by side, or at the end, they would leave the processors idle.
    """

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        # In the order of collection the long files come first, and the unit tests fill the gaps at the end.
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        if file.startswith(WAITING):
            return WAITING
        return "/".join(Path(file).parts[:2]) if uses_shared_stack(self.config.rootpath / file) else file


@cache
def uses_shared_stack(file: Path) -> bool:
    """Return whether the tests of a file use the fixture `stack`, and start no stack of their own."""
    text = file.read_text(encoding="utf-8")
    return any(
        each in text for each in ("stack: StackClient", "console: Console)", "console: Console,")
    ) and ("UpProcess(" not in text)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that wait first; the others keep their order."""
    items.sort(key=lambda item: not item.nodeid.startswith(WAITING))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> StackScheduling | None:
    """Return this scheduler for `--dist loadfile`."""
    return StackScheduling(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return two workers more than there are processors: many tests wait for a process or the clock."""
    return (os.cpu_count() or 1) + 2
