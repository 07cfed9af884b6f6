"""Patches of payloads: exact numbers, known places, and computed values."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.contract import NOT_AN_OBJECT, NOT_JSON
from shared.contracts.dead_letter import FailureReason
from shared.contracts.order_create import OrderCreate
from shared.failed_messages.errors import RepairRefused
from shared.failed_messages.formulas import FORMULAS
from shared.failed_messages.patch import PatchFailed, PatchStep, StepKind, apply_patch
from shared.failed_messages.repairs import check_repairable, check_steps
from tests import messages
from tests.unit.failed_messages.failed_messages import failed_message

TOTAL = PatchStep(kind=StepKind.COMPUTE, formula="order_total")
ATTRIBUTES = {"shopCurrency": "THB"}
prices = st.decimals(min_value=0, max_value=10_000, places=2)


def setting(path: str, value: str) -> PatchStep:
    """Return a step that sets a field."""
    return PatchStep(kind=StepKind.SET, path=path, value=value)


@given(st.lists(st.tuples(prices, st.integers(1, 99)), min_size=1, max_size=9), prices, prices, prices)
def test_a_recomputed_total_adds_up(
    lines: list[tuple[Decimal, int]], tax: Decimal, shipping: Decimal, wrong: Decimal
) -> None:
    """Whatever the lines and charges, the contract and its rule accept the repaired order."""
    items = ",".join(
        f'{{"lineNumber":{number},"sku":"S","quantity":{quantity},"unitPrice":{price}}}'
        for number, (price, quantity) in enumerate(lines, 1)
    )
    rest = json.dumps({"orderId": "QC-1", "customerId": "C", "shipFromLocationId": "L"})[1:-1]
    data = (
        f'{{{rest},"isForceAllocation":true,"orderDate":"2024-01-10T10:00:00Z","lineItems":[{items}],'
        f'"totals":{{"subTotal":{wrong},"tax":{tax},"shipping":{shipping},"discount":0,"total":{wrong}}},'
        f'"payment":{{"method":"CC","amount":{wrong}}}}}'
    ).encode()

    repaired, _ = apply_patch(data, [TOTAL])

    command = OrderCreate.parse(repaired, ATTRIBUTES).to_command()
    totals = command.totals
    assert totals.sub_total_minor == sum(line.amount_minor for line in command.line_items)
    assert totals.total_minor == totals.sub_total_minor + totals.tax_minor + totals.shipping_minor
    assert command.payment.amount_minor == totals.total_minor


def test_numbers_keep_their_digits() -> None:
    """A patch changes its own field and no other: 84.00 stays 84.00."""
    data = b'{"orderId":"Q","tax":84.00,"big":12345678901234567890.123456789,"n":[1,2]}'
    patched, (operation,) = apply_patch(data, [setting("/orderId", '"Q2"')])

    assert patched == data.replace(b'"Q"', b'"Q2"')
    assert (operation.op, operation.path, operation.before, operation.value) == (
        "replace",
        "/orderId",
        "Q",
        "Q2",
    )


def test_a_patch_that_changes_nothing_has_no_operations() -> None:
    """A correct order stays as it is."""
    data = json.dumps(messages.order()).encode()
    patched, operations = apply_patch(data, [TOTAL, PatchStep(kind=StepKind.REMOVE, path="/unknown")])

    assert operations == ()
    assert json.loads(patched) == messages.order()


def test_steps_set_remove_and_escape() -> None:
    """Pointers are those of RFC 6901; text that is not JSON is a string."""
    steps = (
        setting("/a~1b", "LOC-1"),
        setting("/list/1", "3.50"),
        PatchStep(kind=StepKind.REMOVE, path="/gone"),
    )
    patched, operations = apply_patch(b'{"list":[1,2],"gone":true}', steps)

    assert patched == b'{"list":[1,3.50],"a/b":"LOC-1"}'
    assert [each.op for each in operations] == ["add", "replace", "remove"]


@pytest.mark.parametrize(
    ("data", "step"),
    [
        (b"{", setting("/a", "1")),
        (b'{"a":1,"a":2}', setting("/a", "1")),
        (b"7", setting("/a", "1")),
        (b'{"a":1}', setting("/a/b", "1")),
        (b'{"a":[]}', setting("/a/0", "1")),
        (b'{"a":[1]}', setting("/a/-1", "1")),
        (b'{"a":[1]}', setting("/a/x/y", "1")),
        (b'{"a":1}', setting("a", "1")),
        (b'{"lineItems":null}', TOTAL),
        (b'{"lineItems":[{"quantity":"x","unitPrice":1}],"totals":{}}', TOTAL),
        (b"[]", TOTAL),
    ],
    ids=repr,
)
def test_a_patch_that_does_not_fit_fails_with_a_reason(data: bytes, step: PatchStep) -> None:
    """Whatever a producer sent, the message is left and not half changed."""
    with pytest.raises(PatchFailed):
        apply_patch(data, [step])


def test_other_formulas_compute_what_their_rules_ask_for() -> None:
    """Shortages follow from quantities, an increase from its prices."""
    shortage = {"items": [{"orderedQty": 5, "availableQty": 2, "shortQty": 9}]}
    substitution = {
        "originalItem": {"orderedPrice": Decimal("100.00")},
        "substituteItem": {"adjustedPrice": Decimal("115.00")},
    }
    assert FORMULAS["shortages"].compute(shortage) == {"/items/0/shortQty": 3}
    assert FORMULAS["price_increase"].compute(substitution) == {
        "/priceIncrease/amount": Decimal("15.00"),
        "/priceIncrease/percentage": Decimal("15.00"),
        "/priceIncrease/withinLimit": True,
    }


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (setting("/customerId", '"CUST-1"'),),
        (setting("/reason", '"free text"'),),
        (setting("/totals", "{}"),),
        (setting("orderId", "1"),),
        (PatchStep(kind=StepKind.REMOVE, path="/t1MembershipId"),),
        (PatchStep(kind=StepKind.COMPUTE, formula="unknown"),),
    ],
    ids=repr,
)
def test_personal_and_unknown_fields_are_not_repaired_in_bulk(steps: tuple[PatchStep, ...]) -> None:
    """The patch is stored unencrypted, so it holds no value that may be personal."""
    with pytest.raises(RepairRefused):
        check_steps(steps)


def test_facts_about_money_are_not_repaired_in_bulk() -> None:
    """Each of them takes a second person."""
    check_repairable([failed_message()])
    with pytest.raises(RepairRefused, match="one message at a time"):
        check_repairable([failed_message(), failed_message(topic="payment-captured")])


@pytest.mark.parametrize("detail", [NOT_JSON, NOT_AN_OBJECT])
def test_what_has_no_fields_is_not_repaired(detail: str) -> None:
    """A patch of fields cannot repair what is no JSON object: bytes, truncated JSON, a list, a text."""
    reason = FailureReason(error_type="rejected", slug="contract.invalid", detail=detail)
    with pytest.raises(RepairRefused, match="no fields"):
        check_repairable([failed_message(failure_reason=reason)])


@pytest.mark.parametrize("slug", ["envelope.unknown_source", "contract.unknown_version"])
def test_faults_of_headers_are_not_repaired(slug: str) -> None:
    """A patch changes the payload, and a replay has the original headers."""
    reason = FailureReason(error_type="rejected", slug=slug, detail="source: is unknown")
    with pytest.raises(RepairRefused, match="headers"):
        check_repairable([failed_message(failure_reason=reason)])
