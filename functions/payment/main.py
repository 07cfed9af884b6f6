"""Record authorisations, captures and refunds (requirements 5)."""

from shared.bootstrap.consumer import build_consumer
from shared.consumer.routes import Route, Routes, on_order, order_refs
from shared.contracts.payment import PaymentAuthorization, PaymentCapture, PaymentRefund
from shared.domain.authorize_payment import authorize_payment
from shared.domain.capture_payment import capture_payment
from shared.domain.refund_payment import refund_payment

AUTHORIZED = Route(
    scope="payment_authorized",
    contract=PaymentAuthorization,
    key=lambda command: f"{command.payment_id}\t{command.authorization_id}",
    former_keys=lambda command, _: (command.authorization_id,),
    refs=order_refs,
    decide=on_order(authorize_payment),
)

CAPTURED = Route(
    scope="payment_captured",
    contract=PaymentCapture,
    key=lambda command: f"{command.payment_id}\t{command.capture_id}",
    former_keys=lambda command, _: (command.capture_id,),
    refs=order_refs,
    decide=on_order(capture_payment),
)

REFUNDED = Route(
    scope="payment_refunded",
    contract=PaymentRefund,
    key=lambda command: f"{command.payment_id}\t{command.refund_id}",
    former_keys=lambda command, _: (command.refund_id,),
    refs=order_refs,
    decide=on_order(refund_payment),
)

ROUTES: Routes = {
    ("payment-authorized", None): AUTHORIZED,
    ("payment-captured", None): CAPTURED,
    ("payment-refunded", None): REFUNDED,
}

handle = build_consumer(ROUTES)
