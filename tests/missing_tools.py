"""The last lines of a test run: what was not tested, because a program is missing."""

import pytest

from tests import tools


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print each missing program with the number of its skipped tests and the way to get it."""
    reasons = [str(report.longrepr[-1]) for report in terminalreporter.stats.get("skipped", [])]
    for tool in tools.ALL:
        if count := sum(f"{tool.problem};" in reason for reason in reasons):
            terminalreporter.write_line(
                f"NOT TESTED: {tool.tests}: {count} tests skipped, {tool.problem}; to get it: {tool.remedy}",
                yellow=True,
            )
