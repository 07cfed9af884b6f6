import json

import pytest

from shared.consumer.exception_alerts import ExceptionAlerts
from shared.contracts.outgoing import OutgoingMessage
from tests.fakes.publisher import MemoryPublisher


def message(event_type: str) -> OutgoingMessage:
    """Return an outgoing event."""
    data = {"orderId": "O-1", "code": "payment.over_captured", "ref": "CAP-1", "orderVersion": 3}
    return OutgoingMessage(
        topic="order-events",
        ordering_key="CUST-1",
        attributes={"eventType": event_type, "eventId": "e-1"},
        data=json.dumps(data).encode(),
    )


async def test_an_exception_is_alerted_to_once_it_is_published(capsys: pytest.CaptureFixture[str]) -> None:
    """Its line has what the alert policy matches, the order and the fact; other events write none."""
    publisher = MemoryPublisher()

    await ExceptionAlerts(publisher).publish([message("order.created"), message("order.exception")])

    assert len(publisher.messages) == 2
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {
        "severity": "CRITICAL",
        "message": "Order exception: payment.over_captured",
        "alert": "order_exception",
        "orderId": "O-1",
        "code": "payment.over_captured",
        "ref": "CAP-1",
        "eventId": "e-1",
    }
    assert "CUST-1" not in line
