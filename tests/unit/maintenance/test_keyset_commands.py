"""The commands on keysets: what they write, where, and how they fail."""

import json
import stat
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from shared.maintenance.__main__ import main
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import load_cipher, new_keyset
from shared.settings import KeysetSettings
from tests.lab.stack.kms_fake import KmsFake, Refused

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def kms() -> Iterator[KmsFake]:
    """Yield a fake Cloud KMS."""
    with KmsFake() as kms:
        yield kms


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Return an environment with a plain keyset."""
    file = tmp_path / "keyset.json"
    file.write_text(new_keyset())
    return {"KEYSET_FILE": str(file)}


def keys(keyset: dict[str, Any]) -> list[int]:
    """Return the key ids of a keyset, plain or wrapped, in order."""
    plain = keyset.get("key") or keyset["keysetInfo"]["keyInfo"]
    return [each["keyId"] for each in plain]


def primary(keyset: dict[str, Any]) -> int:
    """Return the id of the primary key."""
    return int(keyset.get("primaryKeyId") or keyset["keysetInfo"]["primaryKeyId"])


def step(command: str, environ: dict[str, str], capture: Capture) -> dict[str, Any]:
    """Run a step of a rotation, store its output as the keyset, and return the keyset."""
    assert main([command], environ) == 0
    written = capture.readouterr().out
    Path(environ["KEYSET_FILE"]).write_text(written)
    keyset: dict[str, Any] = json.loads(written)
    return keyset


def rotate(environ: dict[str, str], capture: Capture) -> None:
    """Rotate in three steps and check each of them."""
    before = Path(environ["KEYSET_FILE"]).read_text()
    old = primary(json.loads(before))
    encrypted = load_cipher(KeysetSettings.read(environ)).encrypt(b"old", "x")

    prepared = step("prepare", environ, capture)
    assert (keys(prepared)[0], len(keys(prepared)), primary(prepared)) == (old, 2, old)
    promoted = step("promote", environ, capture)
    assert (keys(promoted), primary(promoted)) == (keys(prepared), keys(prepared)[1])
    assert load_cipher(KeysetSettings.read(environ)).decrypt(encrypted, "x") == b"old"
    assert keys(step("retire", environ, capture)) == [primary(promoted)]


def test_a_plain_keyset_is_rotated(environ: dict[str, str], capsys: Capture) -> None:
    """A key is added, becomes the primary, and at the end is the only key."""
    rotate(environ, capsys)


def test_a_wrapped_keyset_is_rotated(tmp_path: Path, kms: KmsFake, capsys: Capture) -> None:
    """The steps are the same, and none writes a plain key to a file or the terminal."""
    variables = {"KEYSET_KMS_KEY": kms.create(), "KMS_EMULATOR_HOST": kms.host}
    environ = {"KEYSET_FILE": str(tmp_path / "keyset.json"), **variables}
    assert main(["create", "--out", environ["KEYSET_FILE"]], environ) == 0

    rotate(environ, capsys)

    assert "encryptedKeyset" in json.loads(Path(environ["KEYSET_FILE"]).read_text())


@pytest.mark.parametrize("wrapping", [False, True])
def test_only_its_owner_reads_the_first_keyset(
    tmp_path: Path, kms: KmsFake, capsys: Capture, *, wrapping: bool
) -> None:
    """`create` needs no keyset, writes a file that only its owner reads, and prints nothing."""
    file, key = tmp_path / "new.json", kms.create()
    emulator = {"KMS_EMULATOR_HOST": kms.host}

    status = main(["create", *(["--kms-key", key] if wrapping else []), "--out", str(file)], emulator)

    kms_key = {"KEYSET_KMS_KEY": key} if wrapping else {}
    cipher = load_cipher(KeysetSettings.read({"KEYSET_FILE": str(file), **emulator, **kms_key}))
    assert (status, capsys.readouterr().out) == (0, "")
    assert cipher.decrypt(cipher.encrypt(b"x", "x"), "x") == b"x"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert ("encryptedKeyset" in json.loads(file.read_text())) is wrapping


def test_without_a_file_a_keyset_is_printed(capsys: Capture) -> None:
    """An operator can store it as a secret without a file."""
    assert main(["create"], {}) == 0

    cipher = Cipher(capsys.readouterr().out)
    assert cipher.decrypt(cipher.encrypt(b"x", "x"), "x") == b"x"


@pytest.mark.parametrize("command", ["create", "prepare"])
def test_a_keyset_is_never_overwritten(environ: dict[str, str], capsys: Capture, command: str) -> None:
    """An existing file stays as it is."""
    before = Path(environ["KEYSET_FILE"]).read_text()

    assert main([command, "--out", environ["KEYSET_FILE"]], environ) == 2

    assert environ["KEYSET_FILE"] in capsys.readouterr().err
    assert Path(environ["KEYSET_FILE"]).read_text() == before


@pytest.mark.parametrize("command", ["create", "prepare", "promote", "retire"])
def test_a_refusing_key_writes_nothing(
    environ: dict[str, str], tmp_path: Path, kms: KmsFake, capsys: Capture, command: str
) -> None:
    """A keyset that cannot be wrapped or unwrapped is not written as plain text."""
    variables = {"KEYSET_KMS_KEY": kms.create(), "KMS_EMULATOR_HOST": kms.host}
    file, written = tmp_path / "wrapped.json", tmp_path / "new.json"
    assert main(["create", "--out", str(file)], environ | variables) == 0
    kms.failing = Refused(HTTPStatus.FORBIDDEN, "PERMISSION_DENIED")

    status = main([command, "--out", str(written)], {**variables, "KEYSET_FILE": str(file)})

    printed = capsys.readouterr()
    assert (status, printed.out, written.exists()) == (2, "", False)
    assert printed.err == "KEYSET_KMS_KEY: Cloud KMS refuses (403 PERMISSION_DENIED)\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "command"),
        (["rotate"], "invalid choice"),
        (["erase"], "customer"),
        (["erase", ""], "must be a customer id"),
        (["erase", " "], "must be a customer id"),
        (["reencrypt", "now"], "unrecognized"),
        (["promote", "--kms-key", "k"], "unrecognized"),
    ],
)
def test_bad_arguments_are_refused(
    environ: dict[str, str], capsys: Capture, arguments: list[str], problem: str
) -> None:
    """The error names the missing or unknown argument, with the usage."""
    with pytest.raises(SystemExit) as left:
        main(arguments, environ)

    assert left.value.code == 2
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["prepare"], "KEYSET_FILE"),
        (["create", "--kms-key", "k"], "KEYSET_KMS_KEY"),
        (["reencrypt"], "GOOGLE_CLOUD_PROJECT"),
        (["erase", "CUST-1"], "GOOGLE_CLOUD_PROJECT"),
    ],
)
def test_a_bad_environment_is_refused(capsys: Capture, arguments: list[str], problem: str) -> None:
    """The error names the missing variable and quotes no value."""
    assert main(arguments, {}) == 2

    printed = capsys.readouterr()
    assert (problem in printed.err, "CUST-1" in printed.err, printed.out) == (True, False, "")


def test_an_unusable_keyset_is_refused(environ: dict[str, str], capsys: Capture) -> None:
    """An invalid keyset is not rotated."""
    Path(environ["KEYSET_FILE"]).write_text("{}")

    assert main(["prepare"], environ) == 2

    assert capsys.readouterr().err.startswith("KEYSET_FILE: ")
