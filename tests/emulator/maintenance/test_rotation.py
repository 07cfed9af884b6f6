"""A rotation keeps everything readable, and no function starts without its keyset."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
import tink

from shared.gcp.kms import KmsKey
from shared.maintenance.reencrypt import Reencryptor
from shared.privacy.encryption import Cipher, KeysetUnusable
from shared.privacy.keysets import prepared_keyset, promoted_keyset, retired_keyset, wrap_keyset
from tests import messages
from tests.emulator.failed_messages.console_backend import (
    ConsoleBackend,
    broken,
    function_application,
    post,
)
from tests.emulator.maintenance.encrypted_documents import CUSTOMER, OTHER, Store
from tests.lab.stack.kms_fake import KmsFake, Refused

pytestmark = pytest.mark.emulator

FUNCTIONS = ("order_create", "dlq", "console")
"""One function of each kind, because each kind has its own composition."""


@pytest.fixture
def kms() -> Iterator[KmsFake]:
    """Yield a fake Cloud KMS."""
    with KmsFake() as kms:
        yield kms


def environ_of(backend: ConsoleBackend, **changed: str) -> dict[str, str]:
    """Return an environment in which every function starts, with some variables replaced."""
    return {**backend.creation.environ, "FUNCTION_URLS": "{}", **changed}


async def test_after_a_rotation_and_reencryption_nothing_needs_the_old_key(
    backend: ConsoleBackend, store: Store
) -> None:
    """The new key alone decrypts orders, chunks and claims; a second run changes nothing."""
    await store.create(backend, "QC-SMALL", CUSTOMER)
    await store.create(backend, "QC-LARGE", OTHER, lines=600)
    failed = await backend.fail(broken("QC-BROKEN"))
    prepared = prepared_keyset(store.keyset)
    rotated = promoted_keyset(prepared)
    new_key_only = retired_keyset(rotated)
    reencryptor = Reencryptor(store.rpc, store.queries, Cipher(rotated))

    assert (await store.order("QC-SMALL", rotated)).customer_id == CUSTOMER
    with pytest.raises(tink.TinkError):
        await store.order("QC-SMALL", new_key_only)
    # An instance with the prepared keyset decrypts what an instance with the promoted one encrypts.
    assert Cipher(prepared).decrypt(Cipher(rotated).encrypt(b"new", "x"), "x") == b"new"
    first, second = await reencryptor.reencrypt(), await reencryptor.reencrypt()

    assert first["re-encrypted"] >= 5
    assert (second["re-encrypted"], second["changed meanwhile"]) == (0, 0)
    assert (await store.order("QC-SMALL", new_key_only)).customer_id == CUSTOMER
    assert len((await store.order("QC-LARGE", new_key_only)).line_items) == 600
    assert failed


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("written", [None, "", "{}", "not JSON", '{"primaryKeyId": 1, "key": []}'])
def test_no_function_starts_without_its_keyset(
    backend: ConsoleBackend, tmp_path: Path, written: str | None, function: str
) -> None:
    """A missing or invalid keyset stops a function when it loads, and the error names the variable."""
    file = tmp_path / "wrong.json"
    if written is not None:
        file.write_text(written)

    with pytest.raises(KeysetUnusable, match="KEYSET_FILE"):
        function_application(function, environ_of(backend, KEYSET_FILE=str(file)))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_starts_when_kms_refuses(
    backend: ConsoleBackend,
    kms: KmsFake,
    tmp_path: Path,
    function: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """When Cloud KMS refuses, a function stops while it loads; one line says why, with the variable."""
    file, key = tmp_path / "wrapped.json", kms.create()
    file.write_text(
        wrap_keyset(Path(backend.creation.environ["KEYSET_FILE"]).read_text(), KmsKey(key, kms.host))
    )
    kms.failing = Refused(HTTPStatus.FORBIDDEN, "PERMISSION_DENIED")
    variables = {"KEYSET_FILE": str(file), "KEYSET_KMS_KEY": key, "KMS_EMULATOR_HOST": kms.host}

    with pytest.raises(KeysetUnusable, match=r"KEYSET_KMS_KEY.*PERMISSION_DENIED"):
        function_application(function, environ_of(backend, **variables))

    assert json.loads(capsys.readouterr().out) == {
        "severity": "CRITICAL",
        "message": "the function does not start",
        "reason": "KEYSET_KMS_KEY: Cloud KMS refuses (403 PERMISSION_DENIED)",
    }


async def test_a_wrapped_keyset_encrypts_like_a_plain_one(
    backend: ConsoleBackend, store: Store, kms: KmsFake, tmp_path: Path
) -> None:
    """A function calls KMS once, and the plain keyset decrypts what the function stores."""
    file, key = tmp_path / "wrapped.json", kms.create()
    file.write_text(wrap_keyset(store.keyset, KmsKey(key, kms.host)))
    kms.calls.clear()
    variables = {"KEYSET_FILE": str(file), "KEYSET_KMS_KEY": key, "KMS_EMULATOR_HOST": kms.host}

    function = function_application("order_create", environ_of(backend, **variables))

    assert await post(function, messages.push(messages.order("QC-1", customerId=CUSTOMER))) == 204
    assert (await store.order("QC-1")).customer_id == CUSTOMER
    assert kms.calls == ["decrypt"]
