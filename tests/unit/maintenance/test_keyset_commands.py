"""The commands that keep keysets: what they write, where, and how they say no."""

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

Told = pytest.CaptureFixture[str]


@pytest.fixture
def kms() -> Iterator[KmsFake]:
    """Yield what stands in for Cloud KMS."""
    with KmsFake() as kms:
        yield kms


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a plain keyset."""
    file = tmp_path / "keyset.json"
    file.write_text(new_keyset())
    return {"KEYSET_FILE": str(file)}


def keys(keyset: dict[str, Any]) -> list[int]:
    """Name the keys of a keyset, plain or wrapped, in order."""
    plain = keyset.get("key") or keyset["keysetInfo"]["keyInfo"]
    return [each["keyId"] for each in plain]


def primary(keyset: dict[str, Any]) -> int:
    """Name the key that seals."""
    return int(keyset.get("primaryKeyId") or keyset["keysetInfo"]["primaryKeyId"])


def step(command: str, environ: dict[str, str], told: Told) -> dict[str, Any]:
    """Take a step of a rotation and deploy what it wrote; return it."""
    assert main([command], environ) == 0
    written = told.readouterr().out
    Path(environ["KEYSET_FILE"]).write_text(written)
    keyset: dict[str, Any] = json.loads(written)
    return keyset


def rotated(environ: dict[str, str], told: Told) -> None:
    """Rotate in three steps, and check each."""
    before = Path(environ["KEYSET_FILE"]).read_text()
    old = primary(json.loads(before))
    sealed = load_cipher(KeysetSettings.read(environ)).encrypt(b"old", "x")

    prepared = step("prepare", environ, told)
    assert (keys(prepared)[0], len(keys(prepared)), primary(prepared)) == (old, 2, old)
    promoted = step("promote", environ, told)
    assert (keys(promoted), primary(promoted)) == (keys(prepared), keys(prepared)[1])
    assert load_cipher(KeysetSettings.read(environ)).decrypt(sealed, "x") == b"old"
    assert keys(step("retire", environ, told)) == [primary(promoted)]


def test_a_plain_keyset_is_rotated(environ: dict[str, str], capsys: Told) -> None:
    """A key is added, becomes the primary, and in the end is alone."""
    rotated(environ, capsys)


def test_a_wrapped_keyset_is_rotated(tmp_path: Path, kms: KmsFake, capsys: Told) -> None:
    """The same steps, and at none of them is a key at rest or on the terminal."""
    told = {"KEYSET_KMS_KEY": kms.create(), "KMS_EMULATOR_HOST": kms.host}
    environ = {"KEYSET_FILE": str(tmp_path / "keyset.json"), **told}
    assert main(["create", "--out", environ["KEYSET_FILE"]], environ) == 0

    rotated(environ, capsys)

    assert "encryptedKeyset" in json.loads(Path(environ["KEYSET_FILE"]).read_text())


@pytest.mark.parametrize("wrapping", [False, True])
def test_the_first_keyset_is_its_owners_alone(
    tmp_path: Path, kms: KmsFake, capsys: Told, *, wrapping: bool
) -> None:
    """A keyset is made without any there, in a file that nobody else reads; nothing is shown."""
    file, key = tmp_path / "new.json", kms.create()
    told = {"KMS_EMULATOR_HOST": kms.host}

    status = main(["create", *(["--kms-key", key] if wrapping else []), "--out", str(file)], told)

    named = {"KEYSET_KMS_KEY": key} if wrapping else {}
    cipher = load_cipher(KeysetSettings.read({"KEYSET_FILE": str(file), **told, **named}))
    assert (status, capsys.readouterr().out) == (0, "")
    assert cipher.decrypt(cipher.encrypt(b"x", "x"), "x") == b"x"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert ("encryptedKeyset" in json.loads(file.read_text())) is wrapping


def test_a_keyset_is_written_to_the_terminal_where_no_file_is_named(capsys: Told) -> None:
    """So that it can go to a secret without being in a file."""
    assert main(["create"], {}) == 0

    cipher = Cipher(capsys.readouterr().out)
    assert cipher.decrypt(cipher.encrypt(b"x", "x"), "x") == b"x"


@pytest.mark.parametrize("command", ["create", "prepare"])
def test_a_keyset_is_never_overwritten(environ: dict[str, str], capsys: Told, command: str) -> None:
    """The file that is there stays as it is."""
    before = Path(environ["KEYSET_FILE"]).read_text()

    assert main([command, "--out", environ["KEYSET_FILE"]], environ) == 2

    assert environ["KEYSET_FILE"] in capsys.readouterr().err
    assert Path(environ["KEYSET_FILE"]).read_text() == before


@pytest.mark.parametrize("command", ["create", "prepare", "promote", "retire"])
def test_where_the_key_refuses_nothing_is_written(
    environ: dict[str, str], tmp_path: Path, kms: KmsFake, capsys: Told, command: str
) -> None:
    """No keyset is left in plain text because it could not be wrapped, or unwrapped."""
    told = {"KEYSET_KMS_KEY": kms.create(), "KMS_EMULATOR_HOST": kms.host}
    file, written = tmp_path / "wrapped.json", tmp_path / "new.json"
    assert main(["create", "--out", str(file)], environ | told) == 0
    kms.failing = Refused(HTTPStatus.FORBIDDEN, "PERMISSION_DENIED")

    status = main([command, "--out", str(written)], {**told, "KEYSET_FILE": str(file)})

    printed = capsys.readouterr()
    assert (status, printed.out, written.exists()) == (2, "", False)
    assert printed.err == "KEYSET_KMS_KEY: Cloud KMS refuses (403 PERMISSION_DENIED)\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
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
    environ: dict[str, str], capsys: Told, arguments: list[str], told: str
) -> None:
    """What is missing or unknown is named, with the usage."""
    with pytest.raises(SystemExit) as left:
        main(arguments, environ)

    assert left.value.code == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["prepare"], "KEYSET_FILE"),
        (["create", "--kms-key", "k"], "KEYSET_KMS_KEY"),
        (["reencrypt"], "GOOGLE_CLOUD_PROJECT"),
        (["erase", "CUST-1"], "GOOGLE_CLOUD_PROJECT"),
    ],
)
def test_a_bad_environment_is_refused(capsys: Told, arguments: list[str], told: str) -> None:
    """What is missing is named, and nothing quoted."""
    assert main(arguments, {}) == 2

    printed = capsys.readouterr()
    assert (told in printed.err, "CUST-1" in printed.err, printed.out) == (True, False, "")


def test_an_unusable_keyset_is_refused(environ: dict[str, str], capsys: Told) -> None:
    """A step from what is no keyset is not taken."""
    Path(environ["KEYSET_FILE"]).write_text("{}")

    assert main(["prepare"], environ) == 2

    assert capsys.readouterr().err.startswith("KEYSET_FILE: ")
