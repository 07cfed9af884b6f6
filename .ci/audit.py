"""Look for known vulnerabilities in what is deployed: `python .ci/audit.py functions/requirements.txt`.

pip-audit reports a package as clean if its service does not know the package, and a mirror of PyPI may have
packages without their advisories. So the first question is about a version with a vulnerability that was
published long ago. If the service does not report that one, the audit is skipped, and says so.
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
TIMEOUT_S = 600
"""For one run of pip-audit."""


def main(arguments: Sequence[str], pip_audit: Sequence[str] = PIP_AUDIT) -> int:
    """Audit a requirements file; return 1 where a package is vulnerable, or was not audited."""
    (requirements,) = arguments
    if not _service_answers(pip_audit):
        return _print(SKIPPED, 0)
    report, error = _run(pip_audit, Path(requirements))
    if report is None:
        failed = _service_answers(pip_audit)
        return _print(f"pip-audit: failed: {error}", 1) if failed else _print(SKIPPED, 0)
    problems = [line for package in report for line in _problems(package)]
    if problems or not report:
        return _print("\n".join(["pip-audit: what is deployed is not known to be safe", *problems]), 1)
    return _print(f"pip-audit: {len(report)} packages, no known vulnerability", 0)


def _service_answers(pip_audit: Sequence[str]) -> bool:
    """Check that the service reports the vulnerability of VULNERABLE."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text(f"{VULNERABLE}\n", encoding="utf-8")
        report, _ = _run(pip_audit, file)
    return bool(report and report[0].get("vulns"))


def _run(pip_audit: Sequence[str], file: Path) -> tuple[list[dict[str, Any]] | None, str]:
    """Run pip-audit; return its report on each package, or None and the last line of its errors."""
    command = [*pip_audit, *OPTIONS, "-r", str(file)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)  # noqa: S603 - our own command
        return json.loads(run.stdout)["dependencies"], ""
    except subprocess.TimeoutExpired:
        return None, "it took too long"
    except (ValueError, KeyError):
        return None, (run.stderr.strip().splitlines() or ["it printed nothing"])[-1]


def _problems(package: dict[str, Any]) -> list[str]:
    name = package["name"]
    if "skip_reason" in package:
        return [f"  {name}: {package['skip_reason']}"]
    title = f"  {name} {package['version']}"
    return [f"{title}: {each['id']}, fixed in {each['fix_versions'] or 'none'}" for each in package["vulns"]]


def _print(text: str, status: int) -> int:
    print(text, flush=True)  # noqa: T201 - a command
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
