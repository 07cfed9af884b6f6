"""The compatibility gate: which changes of the published contracts break a producer or a consumer."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.lab.contracts.files import CHANGELOG, PUBLISHED, RELEASED, stored
from tests.lab.contracts.gate import check

RELEASE = stored(RELEASED)
CREATE = Path("incoming/order-create.json")
CREATE_ATTRIBUTES = Path("incoming/order-create.attributes.json")
SHORT = Path("incoming/short-events.json")
CANCEL = Path("incoming/order-cancel.json")
CREATED = Path("outgoing/order.created.json")
SHORTED = Path("outgoing/order.shorted.json")

Schema = dict[str, Any]
Files = dict[Path, str]
Change = Callable[[Files], None]


def edit(path: Path, change: Callable[[Schema], object]) -> Change:
    """Make a change of one schema."""

    def apply(files: Files) -> None:
        schema = json.loads(files[path])
        change(schema)
        files[path] = json.dumps(schema)

    return apply


def at(schema: Schema, path: str) -> Schema:
    """Return the schema of a field; `items` steps into a list."""
    for name in path.split("."):
        schema = schema["items"] if name == "[]" else schema["properties"][name]
    return schema


def keywords(path: Path, field: str, **changed: Any) -> Change:
    """Change keywords of a field; None removes one."""

    def change(schema: Schema) -> None:
        part = at(schema, field) if field else schema
        part.update(changed)
        for name in [name for name, value in changed.items() if value is None]:
            del part[name]

    return edit(path, change)


def added(path: Path, name: str, *, required: bool = False) -> Change:
    """Add a field."""

    def change(schema: Schema) -> None:
        schema["properties"][name] = {"type": "string"}
        schema["required"] += [name] if required else []

    return edit(path, change)


def without(path: Path, name: str) -> Change:
    """Remove a field."""

    def change(schema: Schema) -> None:
        del schema["properties"][name]
        schema["required"] = [each for each in schema["required"] if each != name]

    return edit(path, change)


def requirement(path: Path, name: str, *, required: bool) -> Change:
    """Make a field required, or optional."""

    def change(schema: Schema) -> None:
        others = [each for each in schema["required"] if each != name]
        schema["required"] = [*others, name] if required else others

    return edit(path, change)


def renamed(path: Path, name: str) -> Change:
    """Rename a message."""

    def apply(files: Files) -> None:
        files[path.with_name(name)] = files.pop(path)

    return apply


BREAKING: dict[str, tuple[Change, str]] = {
    "producer: a new required field": (
        added(CREATE, "channel", required=True),
        "order-create: channel: is a new required field",
    ),
    "producer: an optional field is required": (
        requirement(CREATE, "t1MembershipId", required=True),
        "order-create: t1MembershipId: is required now",
    ),
    "producer: a narrower type": (
        keywords(CREATE, "lineItems.[].unitPrice", type="integer"),
        "order-create: lineItems[].unitPrice: no longer accepts number",
    ),
    "producer: no null": (
        keywords(CREATE, "t1MembershipId", type="string"),
        "order-create: t1MembershipId: no longer accepts null",
    ),
    "producer: a removed enum value": (
        keywords(SHORT, "resolution", enum=["PARTIAL_SHIP", "CANCEL_LINE", "CANCEL_ORDER", "BACKORDER"]),
        "short-events: resolution: no longer accepts SUBSTITUTE",
    ),
    "producer: a list of values for a free text": (
        keywords(SHORT, "shortType", enum=["OUT_OF_STOCK"]),
        "short-events: shortType: accepts a list of values only now",
    ),
    "producer: a shorter text": (
        keywords(CREATE, "orderId", maxLength=64),
        "order-create: orderId: maxLength is narrower",
    ),
    "producer: a higher minimum": (
        keywords(SHORT, "items.[].availableQty", minimum=1),
        "short-events: items[].availableQty: minimum is narrower",
    ),
    "producer: another unit": (
        keywords(CREATE, "payment.amount", **{"x-unit": "minor units"}),
        "order-create: payment.amount: its unit has changed",
    ),
    "producer: an optional field is read no more": (
        without(CANCEL, "lineNumbers"),
        "order-cancel: lineNumbers: producers send it and it is read no more",
    ),
    "producer: a required attribute": (
        requirement(CREATE_ATTRIBUTES, "correlationId", required=True),
        "order-create: correlationId: is required now",
    ),
    "producer: a message that is consumed no more": (
        renamed(CANCEL, "order-void.json"),
        "order-cancel: (message): is removed or renamed",
    ),
    "consumer: a removed field": (
        without(CREATED, "totalMinor"),
        "order.created: totalMinor: is removed",
    ),
    "consumer: a retyped field": (
        keywords(CREATED, "totalMinor", type="string"),
        "order.created: totalMinor: may be string now",
    ),
    "consumer: a field that may be null": (
        keywords(CREATED, "orderId", type=["string", "null"]),
        "order.created: orderId: may be null now",
    ),
    "consumer: a field that may be missing": (
        requirement(CREATED, "lineCount", required=False),
        "order.created: lineCount: may be missing now",
    ),
    "consumer: a new enum value": (
        edit(SHORTED, lambda schema: at(schema, "resolution")["enum"].append("LOTTERY")),
        "order.shorted: resolution: may be LOTTERY now",
    ),
    "consumer: a renamed event": (
        renamed(CREATED, "order.accepted.json"),
        "order.created: (message): is removed or renamed",
    ),
}

HARMLESS: dict[str, Change] = {
    "producer: a new optional field": added(CREATE, "channel"),
    "producer: a required field is optional": requirement(CREATE, "isForceAllocation", required=False),
    "producer: a new enum value": edit(
        SHORT, lambda schema: at(schema, "resolution")["enum"].append("LOTTERY")
    ),
    "producer: a wider type": keywords(CREATE, "lineItems.[].quantity", type="number"),
    "producer: a longer text": keywords(CREATE, "orderId", maxLength=256),
    "producer: no upper bound": keywords(CREATE, "lineItems.[].quantity", maximum=None),
    "producer: the same bound in other words": keywords(
        CREATE, "lineItems.[].quantity", exclusiveMinimum=None, minimum=1
    ),
    "producer: another description": keywords(CREATE, "orderId", description="Another one."),
    "consumer: a new field": added(CREATED, "channel", required=True),
    "consumer: a removed enum value": edit(SHORTED, lambda schema: at(schema, "resolution")["enum"].pop()),
    "consumer: a field that is never null": keywords(CREATED, "currency", type="string"),
    "consumer: a new event": lambda files: files.update({Path("outgoing/order.held.json"): files[CREATED]}),
    "both: a new minor version": keywords(CREATE, "", **{"x-version": "1.1"}),
}


def changed(change: Change) -> Files:
    """Return the released contracts after a change."""
    files = copy.deepcopy(RELEASE)
    change(files)
    return files


@pytest.mark.parametrize(("change", "named"), BREAKING.values(), ids=BREAKING)
def test_a_breaking_change_is_named_by_field_and_rule(change: Change, named: str) -> None:
    """Each of these changes would make a producer's messages fail, or a consumer."""
    assert check(RELEASE, changed(change), "") == [named]


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_a_harmless_change_passes(change: Change) -> None:
    """Producers and consumers of the released contracts go on as before."""
    assert check(RELEASE, changed(change), "") == []


def test_the_contracts_of_this_checkout_are_compatible() -> None:
    """A deliberate break raises the version and has an entry in the changelog."""
    assert check(RELEASE, stored(PUBLISHED), CHANGELOG.read_text(encoding="utf-8")) == []


def test_a_deliberate_break_needs_a_major_version_and_an_entry() -> None:
    """Neither alone is enough; both together let every break of that message pass."""

    def broken(version: str) -> Files:
        files = changed(BREAKING["producer: a new required field"][0])
        keywords(CREATE, "", **{"x-version": version})(files)
        return files

    rule = "order-create: channel: is a new required field"
    entry = "# Contracts\n\n## order-create 2.0\n\nEvery order names its channel.\n"
    missing = "order-create: (message): version 2.0 has no entry in the changelog: ## order-create 2.0"
    assert check(RELEASE, broken("1.1"), entry) == [rule]
    assert check(RELEASE, broken("2.0"), "") == [rule, missing]
    assert check(RELEASE, broken("2.0"), entry.replace("create", "cancel")) == [rule, missing]
    assert check(RELEASE, broken("2.0"), entry) == []


def test_an_event_disappears_by_announcement_only() -> None:
    """A removed event is announced by the next major version that it does not have."""
    files = changed(BREAKING["consumer: a renamed event"][0])
    attributes = CREATED.with_name("order.created.attributes.json")
    del files[attributes]

    assert len(check(RELEASE, files, "")) == 2
    assert check(RELEASE, files, "## order.created 2.0\n\nUse order.accepted.\n") == []
