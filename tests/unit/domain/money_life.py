"""Orders with totals and payments that change in every way."""

from hypothesis import strategies as st

from tests.lab.stack.demo import messages as write
from tests.unit.domain.interleaving import Message

ORDER_ID = "QC-2024-01-10-000009"
EARLY, LATE = "2024-01-10T12:00:00Z", "2026-06-01T00:00:00Z"
SHIPPED = ["2024-01-10T11:30:00Z", "2024-01-10T15:00:00Z"]
AMOUNTS = st.integers(0, 70_000)
PAYMENTS = st.sampled_from(["PAY-1", "PAY-2"])
NUMBERS = st.integers(1, 2)
PERCENTS = [-50, -20, -10, 5, 15, 20]
LINES = (
    write.line(1, "SKU-A", 4, 100.00),
    write.line(2, "MEAT", 1, 250.00),
    write.line(3, "SKU-C", 3, 33.33),
)


def authorisation(payment: str, number: str, minor: int, expires: str) -> Message:
    """Write an authorisation."""
    data = write.authorisation(ORDER_ID, minor / 100)
    ids = {"paymentId": payment, "authorizationId": f"AUTH-{number}", "expiresAt": expires}
    return Message.of("payment-authorized", data | ids)


def capture(payment: str, number: str, minor: int, at: str = "2024-01-10T16:00:00Z") -> Message:
    """Write a capture."""
    data = write.capture(ORDER_ID, minor / 100)
    ids = {"paymentId": payment, "captureId": f"CAP-{number}", "capturedAt": at}
    return Message.of("payment-captured", data | ids)


def refund(payment: str, number: str, minor: int) -> Message:
    """Write a refund."""
    data = write.refund(ORDER_ID, minor / 100)
    return Message.of("payment-refunded", data | {"paymentId": payment, "refundId": f"REF-{number}"})


def creation(method: str, discount: float) -> Message:
    """Write an order of 749.99 with tax, shipping and a discount."""
    data = write.order(ORDER_ID, *LINES, customer="CUST-000009", force=True)
    total = round(data["totals"]["total"] - discount, 2)
    totals = data["totals"] | {"discount": discount, "total": total}
    payment = {"method": method, "amount": total}
    return Message.of("order-create", data | {"totals": totals, "payment": payment})


@st.composite
def goods(draw: st.DrawFn) -> list[Message]:
    """Draw changes of the goods: changed line by line, then cancelled or shipped, as a whole or in part."""
    whole = Message.of("order-cancel", write.cancellation(ORDER_ID))
    line, other = (
        Message.of("order-cancel", write.cancellation(ORDER_ID) | {"lineNumbers": [each]}) for each in (1, 3)
    )
    percent = draw(st.sampled_from(PERCENTS))
    weight = write.weight_adjustment(ORDER_ID, 2, "MEAT", 250.00, percent)
    short = write.shortage(ORDER_ID, 3, "SKU-C", 3, draw(st.integers(0, 2)))
    shipped = write.parcel(
        ORDER_ID, "SHIP-1", (1, "SKU-A", 4), (2, "MEAT", 1), at=draw(st.sampled_from(SHIPPED))
    )
    changes = [
        Message.of("order-update", weight, "SUBSTITUTION_REQUEST"),
        Message.of("fulfillment-events", short, "SHORT"),
    ]
    happened = [each for each in changes if draw(st.booleans())]
    leaving = Message.of("ship-events", shipped, "SHIP")
    ends = [[whole], [line], [leaving], [other, leaving], []]
    return [*happened, *draw(st.sampled_from(ends))]


@st.composite
def lives(draw: st.DrawFn) -> list[Message]:
    """Draw an order's messages, in an order in which they can happen."""
    method = draw(st.sampled_from(["CC", "PromptPay", "COD"]))
    holds = draw(
        st.lists(
            st.tuples(PAYMENTS, NUMBERS, AMOUNTS, st.sampled_from([EARLY, LATE])),
            max_size=3,
            unique_by=lambda each: each[:2],
        )
    )
    authorized = sorted({payment for payment, _, minor, _ in holds if minor})
    may_capture = authorized if method == "CC" else ["PAY-1", "PAY-3"]
    takes = draw(
        st.lists(
            st.tuples(
                st.sampled_from(may_capture or ["PAY-0"]),
                NUMBERS,
                AMOUNTS,
                st.sampled_from(["2024-01-10T11:00:00Z", "2024-01-10T16:00:00Z"]),
            ),
            max_size=3 if may_capture else 0,
            unique_by=lambda each: each[:2],
        )
    )
    backs = [
        refund(payment, f"{number}", draw(st.integers(0, minor)))
        for payment, number, minor, _ in takes
        if draw(st.booleans())
    ]
    return [
        creation(method, draw(st.sampled_from([0.0, 50.0, 300.0]))),
        *(authorisation(payment, f"{number}", minor, expires) for payment, number, minor, expires in holds),
        *(capture(payment, f"{number}", minor, at) for payment, number, minor, at in takes),
        *backs,
        *draw(goods()),
    ]
