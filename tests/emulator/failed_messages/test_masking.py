"""Nothing personal is shown unasked of a message that broke its contract: by page, JSON and terminal."""

import json
import re

import httpx2
import pytest

from tests import messages
from tests.emulator.failed_messages.console_backend import ConsoleBackend
from tests.emulator.failed_messages.test_failed_cli import failed, publish
from tests.lab.stack.client import StackClient
from tests.lab.stack.polling import until

pytestmark = pytest.mark.emulator

HOST = "http://console.example"
SECRET = "SOMCHAI-0812345678"

PAYLOADS: dict[str, bytes] = {
    "another case": json.dumps({"orderId": "QC-MASKED", "CustomerId": SECRET}).encode(),
    "another spelling": json.dumps({"orderId": "QC-MASKED", "customer_id": SECRET}).encode(),
    "another place": json.dumps({"orderId": "QC-MASKED", "totals": {"customerId": [SECRET]}}).encode(),
    "another name": json.dumps({"orderId": "QC-MASKED", "buyer": {"phone": SECRET}}).encode(),
    "a number": b'{"orderId": "QC-MASKED", "buyer": 812345678}',
    "in place of a name": json.dumps({"orderId": "QC-MASKED", SECRET: {"quantity": 1}}).encode(),
    "within another id": json.dumps({"customerId": SECRET, "sku": f"SKU-{SECRET}"}).encode(),
    "a text alone": json.dumps(SECRET).encode(),
    "truncated JSON": f'{{"orderId": "QC-MASKED", "customerId": "{SECRET}"'.encode(),
    "no JSON": f"customer={SECRET}".encode(),
    "not UTF-8": SECRET.encode() + b"\xff",
}
"""Each with something personal where no contract has it."""


async def test_a_payload_that_broke_its_contract_shows_nothing_personal(backend: ConsoleBackend) -> None:
    """Neither the message's page nor its payload as JSON does; asked for, it is shown."""
    from application import build_application

    transport = httpx2.ASGITransport(app=build_application(backend.services, backend.settings))
    async with httpx2.AsyncClient(transport=transport, base_url=HOST) as console:
        for name, data in PAYLOADS.items():
            failed = await backend.fail(data, reason="contract.invalid")
            paths = (f"/messages/{failed}", f"/api/failed/{failed}/payload", f"/api/failed/{failed}")
            answers = [(await console.get(path)).text for path in paths]
            assert not [text for text in answers if "0812345678" in text or "812345678" in text], name
            unmasked = await console.post(f"/api/failed/{failed}/unmask", json={})
            assert "812345678" in unmasked.json()["text"], name


async def test_a_payload_without_json_is_shown_by_size_and_rule(backend: ConsoleBackend) -> None:
    """The page shows the size of the payload and the first rule that it breaks."""
    from application import build_application

    data = PAYLOADS["no JSON"]
    failed = await backend.fail(data, attributes={"failureDetail": "data: must be JSON in UTF-8; and more"})
    transport = httpx2.ASGITransport(app=build_application(backend.services, backend.settings))
    async with httpx2.AsyncClient(transport=transport, base_url=HOST) as console:
        page = (await console.get(f"/messages/{failed}")).text
        payload = (await console.get(f"/api/failed/{failed}/payload")).json()

    assert f"Not JSON ({len(data)} bytes)" in page
    assert "First violated rule: <code>data: must be JSON in UTF-8</code>" in page
    assert (payload["text"], payload["isJson"], payload["masked"]) == (None, False, True)


async def test_the_terminal_shows_nothing_personal(stack: StackClient) -> None:
    """A listed and shown message has its unknown values masked."""
    console = stack.url("console")
    order_id = "QC-MASKED-ON-A-TERMINAL"
    await publish(stack, {"orderId": order_id, "CustomerId": SECRET, "buyer": [SECRET]})
    listing: list[str] = []

    async def listed() -> bool:
        listing[:] = (await failed(console, "list", "--order", order_id))[1].splitlines()
        return bool(listing)

    await until(listed, 60)
    status, shown = await failed(console, "show", listing[0].split()[0])

    assert status == 0
    assert SECRET not in shown
    assert re.search(r'"CustomerId": "•••"', shown)


async def test_a_payload_is_masked_until_a_person_unmasks_it_by_name(backend: ConsoleBackend) -> None:
    """Personal fields, unknown attributes and the ordering key are hidden; unmasking is on record."""
    order = messages.order()
    message_id = await backend.fail(order, attributes={"note": "call CUST-123456"})

    masked = await backend.services.messages.payload(message_id)
    unmasked = await backend.services.messages.unmask(message_id, by="ann@x")

    assert masked.text is not None
    assert "CUST-123456" not in masked.text + masked.ordering_key + str(masked.attributes)
    assert "T1-789012" not in masked.text
    assert "1199.98" in masked.text
    assert unmasked.text is not None
    assert json.loads(unmasked.text) == order
    assert (unmasked.ordering_key, unmasked.attributes["note"]) == ("CUST-123456", "call CUST-123456")
    last = (await backend.services.messages.find(message_id)).history[-1]
    assert (last.action, last.by) == ("unmasked", "ann@x")
