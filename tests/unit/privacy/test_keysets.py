"""A wrapped keyset opens by one call to its key, and by nothing else; what goes wrong names its setting."""

import base64
import json
import socket
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from shared.gcp.kms import KmsKey, KmsUnavailable
from shared.privacy.encryption import KeysetUnusable
from shared.privacy.keysets import (
    WRAPPING_ASSOCIATED_DATA,
    kms_key,
    load_cipher,
    load_keyset,
    new_keyset,
    unwrap_keyset,
    wrap_keyset,
)
from shared.settings import KeysetSettings, SettingsInvalid
from tests.lab.stack.kms_fake import KmsFake, Refused

KEYSET = new_keyset()
NO_KEY = "projects/p/locations/asia-southeast1/keyRings/order-events/cryptoKeys/none"


@pytest.fixture
def kms() -> Iterator[KmsFake]:
    """Yield what stands in for Cloud KMS."""
    with KmsFake() as kms:
        yield kms


@pytest.fixture
def file(tmp_path: Path, kms: KmsFake) -> Path:
    """Return the file of a keyset that the key "keyset" has wrapped."""
    file = tmp_path / "keyset.json"
    file.write_text(wrap_keyset(KEYSET, KmsKey(kms.create(), kms.host)))
    kms.calls.clear()
    return file


def settings_of(file: Path, kms: KmsFake, key: str | None = None) -> KeysetSettings:
    """Return the settings of a function; its keyset's key is the first there is, if none is named."""
    told = {"KEYSET_KMS_KEY": key or next(iter(kms.keys)), "KMS_EMULATOR_HOST": kms.host}
    return KeysetSettings.read({"KEYSET_FILE": str(file), **told})


def test_a_keyset_is_unwrapped_by_one_call(file: Path, kms: KmsFake) -> None:
    """However many parts of a process want its cipher, Cloud KMS decrypts once."""
    ciphers = [load_cipher(settings_of(file, kms)) for _ in range(3)]

    assert ciphers[0].decrypt(ciphers[1].encrypt(b"CUST-1", "x"), "x") == b"CUST-1"
    assert json.loads(load_keyset(settings_of(file, kms))) == json.loads(KEYSET)
    assert kms.calls == ["decrypt"]


def test_the_file_holds_no_key(file: Path) -> None:
    """What is at rest is Tink's encrypted keyset: ids and kinds of keys, and one ciphertext."""
    told = json.loads(file.read_text())

    assert told.keys() == {"encryptedKeyset", "keysetInfo"}
    assert json.loads(KEYSET)["key"][0]["keyData"]["value"] not in file.read_text()


def test_a_keyset_of_another_key_is_refused(file: Path, kms: KmsFake) -> None:
    """The wrong key opens nothing."""
    with pytest.raises(KeysetUnusable, match=r"^KEYSET_KMS_KEY: .*400 INVALID_ARGUMENT"):
        load_cipher(settings_of(file, kms, kms.create("another")))


def test_what_the_key_encrypted_for_another_use_is_refused(file: Path, kms: KmsFake) -> None:
    """The purpose is part of what is encrypted: without it the same key does not open the same keyset."""
    key = KmsKey(next(iter(kms.keys)), kms.host)
    sealed = base64.b64decode(json.loads(file.read_text())["encryptedKeyset"])

    assert key.decrypt(sealed, WRAPPING_ASSOCIATED_DATA)
    with pytest.raises(KmsUnavailable, match="INVALID_ARGUMENT"):
        key.decrypt(sealed, b"")


@pytest.mark.parametrize(
    ("http", "status"),
    [
        (HTTPStatus.FORBIDDEN, "PERMISSION_DENIED"),
        (HTTPStatus.BAD_REQUEST, "FAILED_PRECONDITION"),
        (HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE"),
    ],
)
def test_a_refusal_is_told_by_its_status_alone(
    file: Path, kms: KmsFake, http: HTTPStatus, status: str
) -> None:
    """No permission, a disabled key, a service that is down: setting and status, and nothing quoted."""
    kms.failing = Refused(http, status)

    with pytest.raises(KeysetUnusable) as refused:
        load_cipher(settings_of(file, kms))

    assert str(refused.value) == f"KEYSET_KMS_KEY: Cloud KMS refuses ({http.value} {status})"


def test_a_key_that_is_not_there_is_refused(file: Path, kms: KmsFake) -> None:
    """A misspelt name is told as such."""
    with pytest.raises(KeysetUnusable, match=r"^KEYSET_KMS_KEY: .*404 NOT_FOUND"):
        load_cipher(settings_of(file, kms, NO_KEY))


def test_silence_ends(file: Path, kms: KmsFake) -> None:
    """A service that takes the call and does not answer is given up."""
    kms.stalled = True
    key = KmsKey(next(iter(kms.keys)), kms.host, timeout=0.05)

    with pytest.raises(KeysetUnusable, match=r"^KEYSET_KMS_KEY: Cloud KMS does not answer \(\w*Timeout\)"):
        unwrap_keyset(file.read_text(), key)


def test_nobody_there_is_told(file: Path) -> None:
    """A port where nothing listens is no plain text, either."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(KeysetUnusable, match="does not answer"):
        unwrap_keyset(file.read_text(), KmsKey(NO_KEY, f"127.0.0.1:{port}"))


def test_without_credentials_nothing_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the process has no account, the key cannot even be asked."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))

    with pytest.raises(KeysetUnusable, match=r"^KEYSET_KMS_KEY: .*credentials"):
        kms_key(NO_KEY, None)


def test_a_plain_keyset_is_refused_where_a_key_is_set(tmp_path: Path, kms: KmsFake) -> None:
    """Who says that the keyset is wrapped gets no plain one to work; no call is made for it."""
    file = tmp_path / "plain.json"
    file.write_text(KEYSET)

    with pytest.raises(KeysetUnusable, match="must be a keyset that KEYSET_KMS_KEY has wrapped"):
        load_cipher(settings_of(file, kms, kms.create()))

    assert kms.calls == []


def test_a_wrapped_keyset_is_refused_where_no_key_is_set(file: Path) -> None:
    """The reason names both settings."""
    with pytest.raises(KeysetUnusable, match=r"^KEYSET_FILE: .*KEYSET_KMS_KEY"):
        load_cipher(KeysetSettings.read({"KEYSET_FILE": str(file)}))


@pytest.mark.parametrize("name", ["", "keyset", "projects/p/cryptoKeys/k", NO_KEY + "/cryptoKeyVersions/1"])
def test_a_key_is_named_in_full(name: str) -> None:
    """What is no key's resource name is refused with the other settings, before anything is asked."""
    with pytest.raises(SettingsInvalid, match="KEYSET_KMS_KEY"):
        KeysetSettings.read({"KEYSET_FILE": "keyset.json", "KEYSET_KMS_KEY": name})
