"""What the repository and its dependencies may hold: no secret, and no licence that binds who uses them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

from tests.stack.paths import ROOT

GENERATED = ("uv.lock", "functions/requirements.txt", "functions/console/static/htmx.min.js")
"""Hashes by the thousand, and somebody else's code; both are pinned by their content."""

DETECTORS = (
    *("PrivateKeyDetector", "JwtTokenDetector", "AWSKeyDetector", "GitHubTokenDetector", "SlackDetector"),
    *("StripeDetector", "TwilioKeyDetector", "BasicAuthDetector", "AzureStorageKeyDetector", "NpmDetector"),
)
ALLOWED = ("MIT", "BSD", "Apache", "ISC", "Python Software Foundation", "PSF", "MPL", "Mozilla", "Unlicense")
"""Licences of what is deployed; MPL binds its own files only."""


def tracked() -> list[str]:
    """Name the files that are committed."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [name for name in listed.stdout.splitlines() if name not in GENERATED and (ROOT / name).is_file()]


def test_no_secret_is_committed() -> None:
    """No committed file holds what looks like a key, a token or a password."""
    with transient_settings({"plugins_used": [{"name": name} for name in DETECTORS]}):
        found = [
            (secret.filename, secret.line_number, secret.type)
            for name in tracked()
            for secret in scan_file(str(ROOT / name))
        ]

    assert found == []


def test_a_secret_would_be_found(tmp_path: Path) -> None:
    """The scan notices a private key."""
    file = tmp_path / "key.pem"
    file.write_text("-----BEGIN " + "PRIVATE KEY-----\n")
    with transient_settings({"plugins_used": [{"name": name} for name in DETECTORS]}):
        assert [secret.type for secret in scan_file(str(file))] == ["Private Key"]


def test_every_licence_of_what_is_deployed_is_known() -> None:
    """Each deployed package has a licence that asks for nothing but its notice."""
    deployed = {
        line.split("==")[0].lower()
        for line in (ROOT / "functions" / "requirements.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line and not line.startswith((" ", "#")) and "emscripten" not in line
    }
    listed = subprocess.run(
        [sys.executable, "-m", "piplicenses", "--format=json", "--from=mixed"],
        capture_output=True,
        text=True,
        check=True,
    )
    licences = {
        each["Name"].lower().replace("_", "-").replace(".", "-"): each["License"]
        for each in json.loads(listed.stdout)
    }

    assert {
        name: licences.get(name)
        for name in deployed
        if not any(each in licences.get(name, "") for each in ALLOWED)
    } == {}
