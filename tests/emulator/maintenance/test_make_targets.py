"""`make reencrypt` and `make erase` work on a running stack."""

import asyncio
import base64
import json
import os
import shlex
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from shared.consumer.entity_documents import document_path
from shared.domain.refs import order_ref
from shared.gcp.channel import open_channel
from shared.gcp.firestore.rpc import EMULATOR_OWNER
from shared.maintenance.erase import ERASED, Eraser
from shared.privacy.keysets import read_keyset
from tests import messages
from tests.emulator.maintenance.encrypted_documents import CountingQueries, CountingRpc, Store
from tests.lab.stack.client import StackClient
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.paths import ROOT
from tests.lab.stack.polling import until
from tests.lab.stack.up_process import UpProcess

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]  # starts a stack and processes of make

MAX_RUNS = 4


@pytest.fixture(scope="module")
def stack(emulators: Emulators, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackClient]:
    """Yield a stack of its own: re-encryption reads all that a project stores."""
    options = ("--quiet", "--only", "order_create", "--project", f"make-{uuid.uuid4().hex[:16]}")
    up = UpProcess(tmp_path_factory.mktemp("make"), os.environ | emulators.variables, *options)
    yield up.wait_ready()
    assert up.stop() == 0, up.output()


@pytest.fixture
async def store(stack: StackClient) -> AsyncIterator[Store]:
    """Yield the store behind the stack."""
    async with open_channel(stack.emulators.firestore, "") as channel:
        yield Store(
            CountingRpc(channel, stack.project, metadata=EMULATOR_OWNER),
            CountingQueries(channel, stack.project, metadata=EMULATOR_OWNER),
            read_keyset(Path(stack.env["KEYSET_FILE"])),
        )


@pytest.fixture
def env_file(stack: StackClient, tmp_path: Path) -> Path:
    """Return a file of the stack's variables, as `make up` writes it."""
    file = tmp_path / "env"
    file.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in stack.env.items()))
    return file


async def make(*words: str) -> tuple[int, str, str]:
    """Run make; return its exit status, standard output and standard error."""
    process = await asyncio.create_subprocess_exec(
        *("make", "--no-print-directory", *words),
        cwd=ROOT,
        env=os.environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()


async def make_until_done(*words: str) -> str:
    """Repeat make until it exits with 0, because functions keep changing documents; return its output."""
    output = ""
    for _ in range(MAX_RUNS):
        status, *printed = await make(*words)
        output += "".join(printed)
        if status == 0:
            return output
    raise AssertionError(output)


async def publish(stack: StackClient, order_id: str, customer: str) -> None:
    """Publish an order of a customer."""
    data = json.dumps(messages.order(order_id, customerId=customer)).encode()
    message = {"data": base64.b64encode(data).decode(), "orderingKey": customer}
    url = f"http://{stack.emulators.pubsub}/v1/projects/{stack.project}/topics/order-create:publish"
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        await session.post(url, json={"messages": [message]})


async def test_a_customer_of_the_stack_is_erased_after_reencryption(
    stack: StackClient, store: Store, env_file: Path
) -> None:
    """An order without `customerKeys` is found after `reencrypt`, then erased."""
    customer, order_id = f"CUST-{uuid.uuid4().hex[:8]}", f"QC-{uuid.uuid4().hex[:8]}"
    await publish(stack, order_id, customer)
    await until(lambda: store.published(order_id), 60)
    await store.remove_customer_keys("orders", document_path(order_ref(order_id)))
    eraser = Eraser(*store.parts)
    assert (await eraser.erase(customer))["orders"] == 0

    reencrypted = await make_until_done("reencrypt", f"STACK_ENV={env_file}")
    erased = await make_until_done("erase", f"CUSTOMER={customer}", f"STACK_ENV={env_file}")

    assert "re-encrypted: " in reencrypted
    assert "orders: 1" in erased
    assert customer not in reencrypted + erased
    await _check_audit_log(store, customer)
    assert (await store.order(order_id)).customer_id == ERASED
    assert not +(await eraser.erase(customer, thorough=True))


async def _check_audit_log(store: Store, customer: str) -> None:
    """Each run is recorded with its counts, and without the customer."""
    runs = [each.fields for each in await store.all("audit_log") if each.fields["kind"] == "maintenance"]
    assert {each["action"] for each in runs} == {"reencrypted", "erased"}
    assert any("orders: 1" in each["detail"] for each in runs if each["action"] == "erased")
    assert customer not in repr(runs)


@pytest.mark.parametrize("target", ["reencrypt", "erase"])
async def test_a_missing_stack_is_reported(tmp_path: Path, target: str) -> None:
    """Without a running stack, make prints how to start one."""
    status, _, errors = await make(target, "CUSTOMER=CUST-1", f"STACK_ENV={tmp_path / 'none'}")

    assert (status, "make up" in errors) == (2, True)


async def test_an_erasure_needs_a_customer(env_file: Path) -> None:
    """A missing customer is refused instead of erasing everyone."""
    status, _, errors = await make("erase", f"STACK_ENV={env_file}")

    assert (status, "must be a customer id" in errors) == (2, True)
