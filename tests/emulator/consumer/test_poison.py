"""A message that ends the process of its function at each delivery."""

import asyncio
import os
import uuid
from unittest import mock

import pytest

from tests.lab.chaos.conditions import POISON, POISONOUS
from tests.lab.chaos.evidence import Evidence, gather
from tests.lab.chaos.orders import Message
from tests.lab.chaos.wire import Wire
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.polling import until
from tests.lab.stack.stack import Stack
from tests.messages import ATTRIBUTES, line, order_of

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(240)]

ORDERS = [f"QC-BESIDE-{number}" for number in range(40)]
POISONOUS_ORDERS = [f"QC-{POISONOUS}-{number}" for number in range(2)]


async def test_a_message_that_ends_its_process_is_kept_and_stops_no_other(emulators: Emulators) -> None:
    """It becomes a failed message that no function answered; every order beside it is created."""
    evidence = await _evidence_after_all_deliveries(emulators)

    assert evidence.orders.keys() == set(ORDERS)
    open_now = [each.document for each in evidence.failed if each.document["status"] != "RESOLVED"]
    assert {each["orderId"] for each in open_now} == set(POISONOUS_ORDERS)
    assert {each["failureReason"] for each in open_now} <= {"not_recorded", "replay.no_answer"}


async def _evidence_after_all_deliveries(emulators: Emulators) -> Evidence:
    project = f"poison-{uuid.uuid4().hex[:8]}"
    functions = ("order_create", "dlq", "console")
    environ = os.environ | emulators.variables
    stack = Stack(
        lambda *_: None, project=project, time_scale=0.05, environ=environ, only=functions, sources=POISON
    )
    found: list[Evidence] = []

    async def is_finished() -> bool:
        await asyncio.sleep(1)  # reading everything is work for the machine
        found.append(await gather(stack.environment, wire))
        return _is_finished(found[-1])

    with mock.patch.dict(os.environ):
        async with stack, Wire(stack.emulators.pubsub, stack.project) as wire:
            for order_id in (*POISONOUS_ORDERS, *ORDERS):
                await wire.publish(_creation(order_id))
            await until(is_finished, 180)
    return found[-1]


def _is_finished(evidence: Evidence) -> bool:
    """Return whether all orders but the poisonous ones are created, and no other failed message is open."""
    statuses = {each.document["orderId"]: each.document["status"] for each in evidence.failed}
    kept = statuses.keys() >= set(POISONOUS_ORDERS)
    healed = all(statuses[each] == "RESOLVED" for each in statuses.keys() - set(POISONOUS_ORDERS))
    return kept and healed and len(evidence.orders) == len(ORDERS)


def _creation(order_id: str) -> Message:
    members = {"customerId": f"CUST-{order_id}", "t1MembershipId": f"T1-{order_id}"}
    order = order_of([line(1)], order_id, **members)
    return Message("create", "order-create", order, ATTRIBUTES, order["customerId"])
