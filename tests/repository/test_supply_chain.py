"""What repository and dependencies may hold: no secret, no binding licence, no known vulnerability."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import get_plugins, transient_settings

from tests.lab.stack.paths import ROOT
from tests.repository import ci_scripts
from tests.tools import GIT

GENERATED = ("uv.lock", "functions/requirements.txt", "functions/console/static/htmx.min.js")
"""Hashes by the thousand, and another project's code; both are pinned by their content."""

CODE = (".css", ".html", ".js", ".json", ".md", ".py", ".sql", ".tf")
"""Formats that the scan takes as they are; of others, as of YAML, it also scans another form."""

DETECTORS = (
    *("PrivateKeyDetector", "JwtTokenDetector", "AWSKeyDetector", "GitHubTokenDetector", "SlackDetector"),
    *("StripeDetector", "TwilioKeyDetector", "BasicAuthDetector", "AzureStorageKeyDetector", "NpmDetector"),
)
REQUIREMENTS = ROOT / "functions" / "requirements.txt"
SKIPPED = "pip-audit: SKIPPED, the advisory service does not answer\n"
Audit = Callable[..., int]
ALLOWED = (
    "MIT",
    "BSD",
    "Apache",
    "ISC",
    "Python Software Foundation",
    "PSF",
    "MPL",
    "Mozilla",
    "Unlicense",
    "Public Domain",
)
"""Licences of what is deployed; MPL binds its own files only."""


def tracked() -> list[str]:
    """Name the files that are committed."""
    listed = subprocess.run(
        [GIT.require(), "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [name for name in listed.stdout.splitlines() if name not in GENERATED and (ROOT / name).is_file()]


def secrets(files: Iterable[Path]) -> list[tuple[str, int, str]]:
    """Return file, line and kind of all that looks like a key, a token or a password."""
    with transient_settings({"plugins_used": [{"name": name} for name in DETECTORS]}):
        patterns = [each for plugin in get_plugins() for each in getattr(plugin, "denylist")]  # noqa: B009
        return [
            (secret.filename, secret.line_number, secret.type)
            for file in files
            if may_match(file, patterns)
            for secret in scan_file(str(file))
        ]


def may_match(file: Path, patterns: Sequence[re.Pattern[str]]) -> bool:
    """Look at a text as a whole: the scan takes a hundred times as long for its lines."""
    text = file.read_text(encoding="utf-8", errors="replace")
    return file.suffix not in CODE or any(each.search(text) for each in patterns)


def test_no_secret_is_committed() -> None:
    """No committed file holds what looks like a key, a token or a password."""
    assert secrets(ROOT / name for name in tracked()) == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("Private Key", "-----BEGIN " + "PRIVATE KEY-----"),
        (
            "JSON Web Token",
            ".".join(("eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0In0", "dozjgNryP4J3jVmNHl0w5N")),
        ),
        ("AWS Access Key", "AKIA" + "Q3EGRZX5MW7LTNB2"),
        ("GitHub Token", "ghp_" + "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"),
        ("Slack Token", "xoxb-" + "34532454-e039d02840a0b9379c"),
        ("Stripe Access Key", "sk_live_" + "ReTllpYQYfIZu2Jnf2lAPFjD"),
        ("Twilio API Key", "SK" + "5d1d319a6acf7ba0f0ae8a3ab2b2c34e"),
        ("Basic Auth Credentials", "https://someone:" + "Zx81-Qw9@example.com/"),
        (
            "Azure Storage Account access key",
            "AccountKey=" + 21 * "Zx8q" + "Zx==",
        ),
        ("NPM tokens", "//registry.npmjs.org/:_authToken=" + "npm_xxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    ],
)
@pytest.mark.parametrize("name", ["module.py", "values.yaml", "settings"])
def test_a_secret_would_be_found(tmp_path: Path, name: str, kind: str, text: str) -> None:
    """The scan notices each kind of secret, wherever in a file it stands."""
    file = tmp_path / name
    file.write_text(f"first: line\nvalue: '{text}'\nlast: line\n")
    assert secrets([file]) == [(str(file), 2, kind)]


def deployed_packages() -> set[str]:
    """Name what the functions are built with."""
    return {
        line.split("==")[0].lower()
        for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines()
        if "==" in line and not line.startswith((" ", "#")) and "emscripten" not in line
    }


@pytest.fixture(scope="module")
def licences() -> dict[str, str]:
    """Return the licence of each deployed package, as a build prints it."""
    printed = subprocess.run([ROOT / ".ci" / "licences"], capture_output=True, text=True, check=True).stdout
    rows = (re.split(r"\s{2,}", line.strip(), maxsplit=2) for line in printed.splitlines()[1:])
    return {name.lower().replace("_", "-").replace(".", "-"): licence for name, _, licence in rows}


def test_every_licence_of_what_is_deployed_is_known(licences: dict[str, str]) -> None:
    """Each deployed package has a licence that asks for nothing but its notice."""
    assert {
        name: licences.get(name)
        for name in deployed_packages()
        if not any(each in licences.get(name, "") for each in ALLOWED)
    } == {}


def test_the_gate_prints_licences_and_audits() -> None:
    """The gate and the build of tests run both, and the build that applies waits for that build."""
    steps = {
        each["id"]: each
        for each in yaml.safe_load((ROOT / "cloudbuild.yaml").read_text(encoding="utf-8"))["steps"]
    }
    for script in ((ROOT / ".ci" / "run").read_text(encoding="utf-8"), steps["audit"]["script"]):
        assert "\n.ci/licences\n" in script
        assert ".venv/bin/python .ci/audit.py functions/requirements.txt\n" in script
    apply = (ROOT / "terraform" / "pipeline" / "apply.yaml").read_text(encoding="utf-8")
    assert "substitutions.TRIGGER_NAME=order-events-test AND" in apply


def test_every_deployed_package_is_in_the_list_of_licences(licences: dict[str, str]) -> None:
    """The list that a build prints leaves none out."""
    assert {name.replace("_", "-").replace(".", "-") for name in deployed_packages()} <= licences.keys()


@pytest.fixture
def audit() -> Audit:
    """Return the gate's audit."""
    main: Audit = ci_scripts.load("audit").main
    return main


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    """Return a file of two requirements."""
    file = tmp_path / "requirements.txt"
    file.write_text("alpha==1.0\nbeta==2.0\n")
    return file


def fake_audit(folder: Path, vulnerable: "Report", others: "Report") -> tuple[str, str]:
    """Write a pip-audit with one report on the version known to be vulnerable, and another on the rest.

    A text instead of a report is an error, as when pip-audit got no answer.
    """
    program = folder / "pip_audit.py"
    program.write_text(
        "import json, sys\n"
        f"report = {vulnerable!r} if 'jinja2==2.10' in open(sys.argv[-1]).read() else {others!r}\n"
        "sys.exit(report) if isinstance(report, str) else print(json.dumps({'dependencies': report}))\n"
        "sys.exit(any(each.get('vulns') for each in report))\n"
    )
    return (sys.executable, str(program))


Report = list[dict[str, Any]] | str
Case = tuple[Report, Report, int, str]
"""The report on the version known to be vulnerable, that on the rest, the status, and the last line."""

FOUND = [{"id": "CVE-1", "fix_versions": ["2.1"], "aliases": [], "description": ""}]
KNOWN = [{"name": "jinja2", "version": "2.10", "vulns": FOUND}]
CLEAN = [{"name": "alpha", "version": "1.0", "vulns": []}, {"name": "beta", "version": "2.0", "vulns": []}]
UNKNOWN = [{"name": "jinja2", "skip_reason": "not found on PyPI"}]


@pytest.mark.parametrize(
    "case",
    [
        (KNOWN, CLEAN, 0, "pip-audit: 2 packages, no known vulnerability\n"),
        (KNOWN, [CLEAN[0], {**CLEAN[1], "vulns": FOUND}], 1, "beta 2.0: CVE-1, fixed in ['2.1']\n"),
        (KNOWN, [CLEAN[0], {"name": "beta", "skip_reason": "not found"}], 1, "beta: not found\n"),
        (KNOWN, [], 1, "is not known to be safe\n"),
        (KNOWN, "no such file", 1, "pip-audit: failed: no such file\n"),
        ("Could not connect to PyPI's vulnerability feed", "", 0, SKIPPED),
        (UNKNOWN, UNKNOWN, 0, SKIPPED),
        ([{**KNOWN[0], "vulns": []}], CLEAN, 0, SKIPPED),
    ],
    ids=[
        *("clean", "vulnerable", "one not audited", "none audited", "a failure"),
        *("no answer", "a mirror without advisories", "advisories of nothing"),
    ],
)
def test_an_audit_ends_by_what_it_found(
    audit: Audit, requirements: Path, capsys: pytest.CaptureFixture[str], case: Case
) -> None:
    """It passes where all packages are clean, fails where one is not, and says where it was skipped."""
    known, others, status, last_line = case
    assert audit([str(requirements)], pip_audit=fake_audit(requirements.parent, known, others)) == status
    assert capsys.readouterr().out.endswith(last_line)


def test_an_audit_without_a_network_is_skipped_visibly(
    audit: Audit, requirements: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without an answer to any call of the real pip-audit, the build passes and says that it skipped."""
    nowhere = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9")
    with mock.patch.dict(os.environ, {**nowhere, "PIP_CACHE_DIR": str(requirements.parent)}):
        assert audit([str(requirements)]) == 0
    assert capsys.readouterr().out == SKIPPED
