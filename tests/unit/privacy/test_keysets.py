"""One call to its KMS key unwraps a keyset; every error names the setting."""

import base64
import json
import socket
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from shared.gcp.kms import CALL_TIMEOUT_S, RETRY_PAUSES_S, KmsKey, KmsUnavailable
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
START_LIMIT_S = 240
"""What Cloud Run gives a container until it listens."""
NO_KEY = "projects/p/locations/asia-southeast1/keyRings/order-events/cryptoKeys/none"


@pytest.fixture
def kms() -> Iterator[KmsFake]:
    """Yield a fake Cloud KMS."""
    with KmsFake() as kms:
        yield kms


@pytest.fixture
def file(tmp_path: Path, kms: KmsFake) -> Path:
    """Return a file with KEYSET, wrapped by the fake's key."""
    file = tmp_path / "keyset.json"
    file.write_text(wrap_keyset(KEYSET, KmsKey(kms.create(), kms.host)))
    kms.calls.clear()
    return file


def settings_of(file: Path, kms: KmsFake, key: str | None = None) -> KeysetSettings:
    """Return the settings of a function; without `key`, the first key of the fake wraps its keyset."""
    variables = {"KEYSET_KMS_KEY": key or next(iter(kms.keys)), "KMS_EMULATOR_HOST": kms.host}
    return KeysetSettings.read({"KEYSET_FILE": str(file), **variables})


def test_a_keyset_is_unwrapped_by_one_call(file: Path, kms: KmsFake) -> None:
    """Cloud KMS decrypts once in a process, however often the cipher is loaded."""
    ciphers = [load_cipher(settings_of(file, kms)) for _ in range(3)]

    assert ciphers[0].decrypt(ciphers[1].encrypt(b"CUST-1", "x"), "x") == b"CUST-1"
    assert json.loads(load_keyset(settings_of(file, kms))) == json.loads(KEYSET)
    assert kms.calls == ["decrypt"]


def test_the_file_contains_no_key(file: Path) -> None:
    """The file is Tink's encrypted keyset: ids and types of keys, and one ciphertext."""
    stored = json.loads(file.read_text())

    assert stored.keys() == {"encryptedKeyset", "keysetInfo"}
    assert json.loads(KEYSET)["key"][0]["keyData"]["value"] not in file.read_text()


def test_a_keyset_of_another_key_is_refused(file: Path, kms: KmsFake) -> None:
    """A key that did not wrap the keyset cannot unwrap it."""
    with pytest.raises(KeysetUnusable, match=r"^KEYSET_KMS_KEY: .*400 INVALID_ARGUMENT"):
        load_cipher(settings_of(file, kms, kms.create("another")))


def test_other_associated_data_is_refused(file: Path, kms: KmsFake) -> None:
    """The purpose is associated data: without it the same key cannot decrypt the same keyset."""
    key = KmsKey(next(iter(kms.keys)), kms.host)
    encrypted = base64.b64decode(json.loads(file.read_text())["encryptedKeyset"])

    assert key.decrypt(encrypted, WRAPPING_ASSOCIATED_DATA)
    with pytest.raises(KmsUnavailable, match="INVALID_ARGUMENT"):
        key.decrypt(encrypted, b"")


@pytest.mark.parametrize(
    ("http", "status"),
    [
        (HTTPStatus.FORBIDDEN, "PERMISSION_DENIED"),
        (HTTPStatus.BAD_REQUEST, "FAILED_PRECONDITION"),
        (HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE"),
    ],
)
def test_a_refusal_shows_its_status_only(file: Path, kms: KmsFake, http: HTTPStatus, status: str) -> None:
    """For no permission, a disabled key or an outage the error has setting and status, and quotes nothing."""
    kms.failing = Refused(http, status)

    with pytest.raises(KeysetUnusable) as refused:
        load_cipher(settings_of(file, kms))

    assert str(refused.value) == f"KEYSET_KMS_KEY: Cloud KMS refuses ({http.value} {status})"


def test_a_grant_that_is_not_seen_yet_is_waited_for(
    file: Path, kms: KmsFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new deployment's first start may come before its grants are seen everywhere: the call is repeated."""
    kms.failing = Refused(HTTPStatus.FORBIDDEN, "PERMISSION_DENIED")
    waited: list[float] = []

    def wait(pause: float) -> None:
        waited.append(pause)
        kms.failing = kms.failing if len(waited) < 3 else None

    monkeypatch.setattr("shared.gcp.kms.time.sleep", wait)
    key = KmsKey(next(iter(kms.keys)), kms.host, pauses=RETRY_PAUSES_S)

    assert json.loads(unwrap_keyset(file.read_text(), key)) == json.loads(KEYSET)
    assert waited == [1.0, 2.0, 4.0]
    assert kms.calls == ["decrypt"] * 4


def test_waiting_for_cloud_kms_ends_in_time(
    file: Path, kms: KmsFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lasting refusal ends the start within the time that Cloud Run allows; others end it at once."""
    waited: list[float] = []
    monkeypatch.setattr("shared.gcp.kms.time.sleep", waited.append)
    key = KmsKey(next(iter(kms.keys)), kms.host, pauses=RETRY_PAUSES_S)

    kms.failing = Refused(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT")
    with pytest.raises(KeysetUnusable, match="400 INVALID_ARGUMENT"):
        unwrap_keyset(file.read_text(), key)
    assert waited == []

    kms.failing = Refused(HTTPStatus.FORBIDDEN, "PERMISSION_DENIED")
    with pytest.raises(KeysetUnusable, match="403 PERMISSION_DENIED"):
        unwrap_keyset(file.read_text(), key)
    assert sum(waited) == 90
    assert sum(waited) + CALL_TIMEOUT_S * (len(waited) + 1) < START_LIMIT_S


def test_a_missing_key_is_refused(file: Path, kms: KmsFake) -> None:
    """A misspelt key name is reported as not found."""
    with pytest.raises(KeysetUnusable, match=r"^KEYSET_KMS_KEY: .*404 NOT_FOUND"):
        load_cipher(settings_of(file, kms, NO_KEY))


def test_a_call_without_answer_times_out(file: Path, kms: KmsFake) -> None:
    """A call that the service accepts but does not answer times out."""
    kms.stalled = True
    key = KmsKey(next(iter(kms.keys)), kms.host, timeout=0.05)

    with pytest.raises(KeysetUnusable, match=r"^KEYSET_KMS_KEY: Cloud KMS does not answer \(\w*Timeout\)"):
        unwrap_keyset(file.read_text(), key)


def test_an_unreachable_service_is_reported(file: Path) -> None:
    """A closed port is reported, and the keyset is not taken for a plain one."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(KeysetUnusable, match="does not answer"):
        unwrap_keyset(file.read_text(), KmsKey(NO_KEY, f"127.0.0.1:{port}"))


def test_missing_credentials_are_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without an account of the process, KMS cannot be called."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))

    with pytest.raises(KeysetUnusable, match=r"^KEYSET_KMS_KEY: .*credentials"):
        kms_key(NO_KEY, None)


def test_a_plain_keyset_is_refused_where_a_key_is_set(tmp_path: Path, kms: KmsFake) -> None:
    """With KEYSET_KMS_KEY a plain keyset is refused, without a call."""
    file = tmp_path / "plain.json"
    file.write_text(KEYSET)

    with pytest.raises(KeysetUnusable, match="must be a keyset that KEYSET_KMS_KEY has wrapped"):
        load_cipher(settings_of(file, kms, kms.create()))

    assert kms.calls == []


def test_a_wrapped_keyset_is_refused_where_no_key_is_set(file: Path) -> None:
    """The error names both settings."""
    with pytest.raises(KeysetUnusable, match=r"^KEYSET_FILE: .*KEYSET_KMS_KEY"):
        load_cipher(KeysetSettings.read({"KEYSET_FILE": str(file)}))


@pytest.mark.parametrize("name", ["", "keyset", "projects/p/cryptoKeys/k", NO_KEY + "/cryptoKeyVersions/1"])
def test_a_key_needs_its_full_resource_name(name: str) -> None:
    """An invalid key name is refused with the other settings, before any call."""
    with pytest.raises(SettingsInvalid, match="KEYSET_KMS_KEY"):
        KeysetSettings.read({"KEYSET_FILE": "keyset.json", "KEYSET_KMS_KEY": name})
