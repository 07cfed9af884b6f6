"""Check a message before it is published: `make validate FILE=order.json TOPIC=order-create`.

Prints every broken field and rule; rules of amounts with the expected and the given value.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jiter

from shared.consumer.processor import EVENT_TIME, SHOP_CURRENCY
from shared.contracts.contract import Contract, Parsing
from shared.contracts.envelope import WAITING_SINCE
from shared.contracts.order_create import OrderCreate
from shared.contracts.provenance import check_source, check_version
from shared.domain import authorize_payment, create_order, ship_order, short_order, substitute_item
from shared.domain.order_amounts import AmountRule
from shared.errors import ContractViolation, MessageError, RuleViolation
from tests.lab.contracts.catalogue import Message
from tests.lab.contracts.message_file import InputError, MessageFile, find_message, read_file

RULES: Mapping[type, Any] = {
    create_order.CreateOrder: create_order.find_violations,
    short_order.ShortOrder: short_order.find_violations,
    ship_order.ShipOrder: ship_order.find_violations,
    substitute_item.SubstituteItem: substitute_item.find_violations,
    authorize_payment.AuthorizePayment: authorize_payment.find_violations,
}
"""What can be checked of a command without its order."""


def problems_of(message: Message, given: MessageFile, *, shop_currency: str) -> list[str]:
    """Return every problem that can be found without the order, one a line."""
    published = datetime.now(UTC).isoformat()
    supplied = {WAITING_SINCE: published, SHOP_CURRENCY: shop_currency}
    attributes = {EVENT_TIME: published, **given.attributes, **supplied}
    found = [*_attribute_problems(message, given.attributes)]
    try:
        command = message.kind.parse(given.data, attributes).to_command()
    except ContractViolation as violation:
        found += str(violation).split("; ")
    else:
        violations: Sequence[RuleViolation] = [*RULES.get(type(command), lambda _: ())(command)]
        found += [text for each in violations for text in str(each).split("; ")]
    values = _amount_values(message.kind, given.data, attributes)
    return [text + values.get(text, "") for text in dict.fromkeys(found)]


def _attribute_problems(message: Message, attributes: Mapping[str, str]) -> Iterator[str]:
    if message.event_type and attributes.get("eventType") != message.event_type:
        yield f"attributes.eventType: must be {message.event_type}"
    checks: tuple[Callable[[], None], ...] = (
        lambda: check_version(attributes, message.version),
        lambda: check_source(attributes, message.producers),
    )
    for check in checks:
        try:
            check()
        except MessageError as error:
            named = f" ({', '.join(message.producers)})" if "source" in str(error) else ""
            yield f"{error}{named}"


def _amount_values(contract: type[Contract], data: bytes, attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the expected and the given value of each amount of an order, by the text of its rule."""
    if contract is not OrderCreate:
        return {}
    try:
        payload = {**jiter.from_json(data, float_mode="decimal"), **attributes}
        decimals = OrderCreate.amount_decimals(payload)
    except (ValueError, TypeError):
        return {}
    rules = OrderCreate.amount_rules(payload, Parsing(None, decimals))
    return {f"{each.field}: must equal {each.rule}": _values(each, decimals) for each in rules}


def _values(rule: AmountRule, decimals: int) -> str:
    scale = 10**decimals
    expected, given = rule.expected_minor / scale, rule.given_minor / scale
    return f": expected {expected:.{decimals}f}, given {given:.{decimals}f}"


def main(words: Sequence[str] | None = None) -> int:
    """Return 0 for a valid message, 1 for an invalid one, 2 for a file or topic that cannot be used."""
    parser = argparse.ArgumentParser(prog="make validate", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("topic")
    parser.add_argument("--event-type", default="")
    parser.add_argument("--shop-currency", default="THB")
    options = parser.parse_args(words)
    try:
        given = read_file(options.file)
        if options.event_type:
            given.attributes["eventType"] = options.event_type
        message = find_message(options.topic, given.attributes)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    if message.event_type and "eventType" not in given.attributes and given.attributes == {}:
        given.attributes["eventType"] = message.event_type  # a payload alone has no attributes to judge
    problems = problems_of(message, given, shop_currency=options.shop_currency)
    for each in problems:
        print(each)
    count = len(problems)
    print(f"{options.file}: {f'{count} problem' + 's' * (count > 1) if count else 'valid'} ({message.name})")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
