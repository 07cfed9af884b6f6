"""Look for known vulnerabilities in what is deployed: `python .ci/audit.py functions/requirements.txt`.

pip-audit calls a package clean that its service does not know, and a mirror of PyPI may have packages without
their advisories. So it is first asked about a version whose vulnerability was published long ago: where that
is not told, the service does not answer, and nothing is claimed.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

VULNERABLE = "jinja2==2.10"
"""CVE-2019-10906."""

SKIPPED = "pip-audit: SKIPPED, the advisory service does not answer"
OPTIONS = ("--format=json", "--progress-spinner=off", "--no-deps", "--disable-pip", "--timeout=10")
PIP_AUDIT = (sys.executable, "-m", "pip_audit")
PATIENCE = 600
"""Seconds for one run of it."""


def main(words: Sequence[str], pip_audit: Sequence[str] = PIP_AUDIT) -> int:
    """Audit a requirements file; return 0 where it is clean or nobody can tell, 1 where it is not."""
    (requirements,) = words
    if not _answers(pip_audit):
        return _told(SKIPPED, 0)
    report, error = _audited(pip_audit, Path(requirements))
    if report is None:
        return _told(f"pip-audit: failed: {error}", 1) if _answers(pip_audit) else _told(SKIPPED, 0)
    problems = [line for each in report for line in _problems(each)]
    if problems or not report:
        return _told("\n".join(["pip-audit: what is deployed is not known to be safe", *problems]), 1)
    return _told(f"pip-audit: {len(report)} packages, no known vulnerability", 0)


def _answers(pip_audit: Sequence[str]) -> bool:
    """Say whether the service knows of a vulnerability that everybody knows of."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text(f"{VULNERABLE}\n", encoding="utf-8")
        report, _ = _audited(pip_audit, file)
    return bool(report and report[0].get("vulns"))


def _audited(pip_audit: Sequence[str], file: Path) -> tuple[list[dict[str, Any]] | None, str]:
    """Run pip-audit; return its report on each package, or None and what it said last."""
    command = [*pip_audit, *OPTIONS, "-r", str(file)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)  # noqa: S603 - our own command
        return json.loads(run.stdout)["dependencies"], ""
    except subprocess.TimeoutExpired:
        return None, "it took too long"
    except (ValueError, KeyError):
        return None, (run.stderr.strip().splitlines() or ["it said nothing"])[-1]


def _problems(package: dict[str, Any]) -> list[str]:
    name = package["name"]
    if "skip_reason" in package:
        return [f"  {name}: {package['skip_reason']}"]
    told = f"  {name} {package['version']}"
    return [f"{told}: {each['id']}, fixed in {each['fix_versions'] or 'none'}" for each in package["vulns"]]


def _told(text: str, status: int) -> int:
    print(text, flush=True)  # noqa: T201 - it is what a gate's log is for
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
