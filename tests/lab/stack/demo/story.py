"""The story: orders from creation to refund, and one message for each kind of failure."""

from typing import Any

from tests.examples import example
from tests.lab.stack.demo import messages as write
from tests.lab.stack.demo.step import Scene, Step, dead_lettered
from tests.lab.stack.fault_plan import Fault

SHIP = {"eventType": "SHIP", "source": "SLICK", "timestamp": "2024-01-10T15:00:00Z"}
SHORT = {"eventType": "SHORT", "source": "SLICK", "severity": "HIGH", "timestamp": "2024-01-10T14:30:00Z"}
SUBSTITUTION = {
    "eventType": "SUBSTITUTION_REQUEST",
    "source": "SLICK",
    "timestamp": "2024-01-10T14:00:00Z",
}
STOREFRONT = {"source": "QC-SMF", "version": "1.0"}

SPECIFICATION = example("order_create")
"""The example message of requirements 2.2, unchanged."""

EXAMPLE_ORDER = SPECIFICATION.data
FORCED = EXAMPLE_ORDER["orderId"]
LATE, WHOLE, CANCELLED, SCARCE, UNLUCKY = (f"QC-2024-01-10-{number:06}" for number in range(2, 7))

LATE_ORDER = write.order(LATE, write.line(1, "SKU-001", 1, 599.99), customer="CUST-000002", force=True)
WHOLE_ORDER = write.order(
    WHOLE,
    write.line(1, "SKU-001", 2, 599.99),
    write.line(2, "MEAT-001", 1, 100.00),
    write.line(3, "SKU-002", 3, 50.00),
    customer="CUST-000003",
)
CANCELLED_ORDER = write.order(CANCELLED, write.line(1, "SKU-002", 1, 50.00), customer="CUST-000004")
SCARCE_ORDER = write.order(SCARCE, write.line(1, "SKU-002", 40, 50.00), customer="CUST-000005")
UNLUCKY_ORDER = write.order(UNLUCKY, write.line(1, "SKU-001", 1, 599.99), customer="CUST-000006", force=True)


def create(title: str, data: write.Json, **step: Any) -> Step:
    """Return a step that publishes an order with its customer as the ordering key."""
    key = str(data.get("customerId", ""))
    return Step(title=title, topic="order-create", data=data, attributes=STOREFRONT, ordering_key=key, **step)


STOCK: Scene = tuple(
    Step(title=f"count {units} of {sku}", topic="inventory-update", data=write.count(sku, units))
    for sku, units in (("SKU-001", 20), ("SKU-002", 10), ("MEAT-001", 4))
)

CREATION: list[Scene] = [
    (
        Step(
            title="create the order of requirements 2.2, allocated by force",
            topic="order-create",
            data=EXAMPLE_ORDER,
            attributes=SPECIFICATION.attributes,
            ordering_key=EXAMPLE_ORDER["customerId"],
            order=(FORCED, "ALLOCATED"),
        ),
    ),
    (create("the same order again", EXAMPLE_ORDER, outcomes=("duplicate",)),),
    (
        create(
            "an order with a commit that fails twice",
            LATE_ORDER,
            outcomes=("error", "error", "processed"),
            faults=(Fault(method="Commit", contains=LATE, times=2),),
            order=(LATE, "ALLOCATED"),
        ),
    ),
    (
        create("an order that needs stock", WHOLE_ORDER, order=(WHOLE, "ALLOCATED")),
        create("an order to be cancelled", CANCELLED_ORDER, order=(CANCELLED, "ALLOCATED")),
    ),
    # Published after the others: it reserves the units that are left, and waits for more.
    (create("an order for more units than the stock", SCARCE_ORDER, order=(SCARCE, "BACKORDERED")),),
]

FULFILMENT: list[Scene] = [
    (
        Step(
            title="authorise the payment",
            topic="payment-authorized",
            data=write.authorisation(WHOLE, WHOLE_ORDER["totals"]["total"] + 100),
        ),
    ),
    (
        Step(
            title="release it to the warehouse",
            topic="order-release",
            data=write.release(WHOLE),
            order=(WHOLE, "RELEASED"),
        ),
    ),
    (
        Step(
            title="heavier meat: price +15 %",
            topic="order-update",
            data=write.weight_adjustment(WHOLE, 2, "MEAT-001", 100.00, 15),
            attributes=SUBSTITUTION,
        ),
    ),
    (
        Step(
            title="one of three is missing",
            topic="fulfillment-events",
            data=write.shortage(WHOLE, 3, "SKU-002", 3, 2),
            attributes=SHORT,
        ),
    ),
    (
        Step(
            title="first parcel",
            topic="fulfillment-events",
            data=write.parcel(
                WHOLE, "SHIP-1", (1, "SKU-001", 2), (2, "MEAT-001", 1), at="2024-01-10T15:00:00Z"
            ),
            attributes=SHIP,
            order=(WHOLE, "PARTIALLY_SHIPPED"),
        ),
    ),
    (
        Step(
            title="second parcel, on the other topic",
            topic="ship-events",
            data=write.parcel(WHOLE, "SHIP-2", (3, "SKU-002", 2), at="2024-01-10T15:30:00Z"),
            attributes=SHIP,
            order=(WHOLE, "SHIPPED"),
        ),
    ),
    (
        Step(
            title="capture what the order cost at first",
            topic="payment-captured",
            data=write.capture(WHOLE, WHOLE_ORDER["totals"]["total"]),
        ),
    ),
    (Step(title="refund what the position says", topic="payment-refunded", data=write.refund(WHOLE, 37.45)),),
    (
        Step(
            title="cancel another order",
            topic="order-cancel",
            data=write.cancellation(CANCELLED),
            order=(CANCELLED, "CANCELLED"),
        ),
        Step(
            title="a stock count older than the last one",
            topic="inventory-update",
            data=write.count("SKU-001", 5, "2024-01-09T09:00:00Z"),
            outcomes=("stale",),
        ),
    ),
    (
        Step(
            title="count 50 of SKU-002: enough for the order that waits",
            topic="inventory-update",
            data=write.count("SKU-002", 50, "2024-01-10T16:00:00Z"),
            order=(SCARCE, "ALLOCATED"),
        ),
    ),
]

FAILURES: Scene = (
    dead_lettered(
        "an order without a customer, with three decimals",
        "contract.invalid",
        "rejected",
        topic="order-create",
        data={
            name: value
            for name, value in write.order(
                "QC-2024-01-10-000007", write.line(1, "SKU-001", 1, 9.999), customer="CUST-000007"
            ).items()
            if name != "customerId"
        },
    ),
    dead_lettered(
        "an order with a wrong total",
        "order.totals_mismatch",
        "rejected",
        topic="order-create",
        data=write.changed(
            write.order("QC-2024-01-10-000008", write.line(1, "SKU-001", 1, 9.99), customer="CUST-000008"),
            payment={"method": "CC", "amount": 1.00},
        ),
        ordering_key="CUST-000008",
    ),
    dead_lettered(
        "the first order again, with another address",
        "claim.conflict",
        "rejected",
        topic="order-create",
        data=write.changed(EXAMPLE_ORDER, shipFromLocationId="LOC-BKK-002"),
        ordering_key=EXAMPLE_ORDER["customerId"],
    ),
    dead_lettered(
        "meat at +25 %",
        "substitution.over_limit",
        "rejected",
        topic="order-update",
        data=write.weight_adjustment(WHOLE, 2, "MEAT-001", 100.00, 25),
        attributes=SUBSTITUTION,
    ),
    dead_lettered(
        "a parcel of an unknown order",
        "order.not_found",
        "deferred",
        topic="ship-events",
        data=write.parcel("QC-2024-01-10-999999", "SHIP-3", (1, "SKU-001", 1), at="2024-01-10T15:00:00Z"),
        attributes=SHIP,
    ),
    dead_lettered(
        "an order with a commit that always fails",
        "store.unavailable",
        "error",
        topic="order-create",
        data=UNLUCKY_ORDER,
        ordering_key="CUST-000006",
        # Two per delivery: the commit that it shares with others, then its own.
        faults=(Fault(method="Commit", contains=UNLUCKY, times=10),),
    ),
)

STORY: list[Scene] = [STOCK, *CREATION, *FULFILMENT, FAILURES]
ORDERS = (FORCED, LATE, WHOLE, CANCELLED, SCARCE)
