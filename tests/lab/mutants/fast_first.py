"""Pytest while mutants run: the same generated examples each time, and quick tests before properties."""

import pytest
from hypothesis import Phase, settings

# A mutant that survives once survives again. A failing example need not be made smaller.
settings.register_profile(
    "mutants", deadline=None, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate)
)


def pytest_configure() -> None:
    """Replace the profile of the tests' conftest."""
    settings.load_profile("mutants")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run tests without generated examples first: the first failure ends the run."""
    items.sort(key=lambda item: item.get_closest_marker("hypothesis") is not None)
