"""A push request is parsed; every other request is refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.envelope import is_severe, parse_push
from shared.errors import NotAPush
from tests.messages import ATTRIBUTES, order, push

BODY: dict[str, Any] = json.loads(push(order(), attempt=3))
MESSAGE: dict[str, Any] = BODY["message"]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
    max_leaves=6,
)


def without(name: str) -> dict[str, Any]:
    """Return the push without one field of its message."""
    return {**BODY, "message": {key: value for key, value in MESSAGE.items() if key != name}}


def test_a_push_is_read() -> None:
    """Every field is taken, the subscription by its short name, the data decoded."""
    envelope = parse_push(json.dumps(BODY).encode())

    assert envelope.subscription == "order-create-sub"
    assert envelope.message_id == "1001"
    assert envelope.publish_time == datetime(2024, 1, 10, 10, 0, 0, 123000, tzinfo=UTC)
    assert envelope.attributes == ATTRIBUTES
    assert envelope.ordering_key == "CUST-123456"
    assert json.loads(envelope.data) == order()
    assert envelope.delivery_attempt == 3
    assert envelope.correlation_id == "corr-789"
    assert envelope.waiting_since is None


@pytest.mark.parametrize(("written", "read"), [("2024-01-10T17:00:00+07:00", 10), (None, None)])
def test_a_replay_says_since_when_its_message_waits(written: str | None, read: int | None) -> None:
    """Only the console adds the field."""
    waiting_since = parse_push(json.dumps({**BODY, "waitingSince": written}).encode()).waiting_since

    assert (waiting_since and waiting_since.astimezone(UTC).hour) == read


@pytest.mark.parametrize("written", ["", "yesterday", 7.5e300, [], "2024-01-10T17:00:00"])
def test_a_replay_waits_since_a_time(written: object) -> None:
    """Anything else is no push."""
    with pytest.raises(NotAPush):
        parse_push(json.dumps({**BODY, "waitingSince": written}).encode())


def test_what_pubsub_leaves_out_has_its_default() -> None:
    """A push without attributes, ordering key, data and attempt is a first delivery of an empty message."""
    bare = {
        "subscription": "projects/p/subscriptions/order-create-sub",
        "message": {"messageId": "1001", "publishTime": MESSAGE["publishTime"]},
    }

    envelope = parse_push(json.dumps(bare).encode())

    assert (envelope.attributes, envelope.ordering_key, envelope.data) == ({}, "", b"")
    assert envelope.delivery_attempt == 1
    assert envelope.correlation_id == "1001"


def test_the_older_spelling_is_read() -> None:
    """`message_id` and `publish_time` are taken where the camelCase names are missing."""
    renamed = without("messageId")
    renamed["message"]["message_id"] = "1001"
    renamed["message"]["publish_time"] = renamed["message"].pop("publishTime")

    assert parse_push(json.dumps(renamed).encode()) == parse_push(json.dumps(BODY).encode())


def test_a_cloud_event_is_unwrapped() -> None:
    """The same push inside a structured CloudEvent is the same delivery."""
    event = {
        "specversion": "1.0",
        "type": "google.cloud.pubsub.topic.v1.messagePublished",
        "source": "//pubsub.googleapis.com/projects/p/topics/order-create",
        "id": "1001",
        "data": BODY,
    }

    assert parse_push(json.dumps(event).encode()) == parse_push(json.dumps(BODY).encode())


def test_what_is_personal_is_not_shown() -> None:
    """An envelope's representation holds neither payload nor ordering key."""
    assert "CUST-123456" not in repr(parse_push(json.dumps(BODY).encode()))


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "text",
        None,
        {"specversion": "1.0"},
        {"specversion": "1.0", "data": "text"},
        {"message": MESSAGE},
        {**BODY, "subscription": None},
        {**BODY, "subscription": 7},
        {**BODY, "message": None},
        {**BODY, "message": [MESSAGE]},
        {**BODY, "deliveryAttempt": "many"},
        {**BODY, "deliveryAttempt": [1]},
        without("messageId"),
        without("publishTime"),
        {**BODY, "message": {**MESSAGE, "publishTime": "yesterday"}},
        {**BODY, "message": {**MESSAGE, "publishTime": "2024-01-10T10:00:00"}},
        {**BODY, "message": {**MESSAGE, "data": "not base64!"}},
        {**BODY, "message": {**MESSAGE, "data": {"orderId": "QC-1"}}},
        {**BODY, "message": {**MESSAGE, "attributes": [1]}},
        {**BODY, "message": {**MESSAGE, "attributes": {"source": 1}}},
        {**BODY, "message": {**MESSAGE, "orderingKey": 1}},
    ],
    ids=lambda body: json.dumps(body)[-60:],
)
def test_what_is_no_push_is_refused(body: Any) -> None:
    """A missing, misplaced or mistyped part is no push."""
    with pytest.raises(NotAPush):
        parse_push(json.dumps(body).encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"{",
        b"[" * 10_000,
        json.dumps(BODY).replace('"deliveryAttempt": 3', '"deliveryAttempt": Infinity').encode(),
        json.dumps(BODY).replace('"deliveryAttempt": 3', '"deliveryAttempt": 1e999').encode(),
        json.dumps(BODY).replace("order-create-sub", "\\ud800").encode(),
    ],
    ids=["nothing", "no UTF-8", "torn", "nested", "Infinity", "beyond a float", "a lone surrogate"],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    """Bytes that are no JSON, or JSON that no program should have written, are no push."""
    with pytest.raises(NotAPush):
        parse_push(body)


@settings(deadline=None)
@given(JSON)
def test_any_json_is_refused_without_another_error(body: Any) -> None:
    """Whatever is posted, the answer is a refusal."""
    with pytest.raises(NotAPush):
        parse_push(json.dumps(body).encode())


@settings(deadline=None)
@given(st.sampled_from(sorted(MESSAGE)), JSON)
def test_any_value_in_a_field_is_read_or_refused(name: str, value: Any) -> None:
    """Whatever a field of the message holds, no other error escapes."""
    body = json.dumps({**BODY, "message": {**MESSAGE, name: value}}).encode()

    try:
        envelope = parse_push(body)
    except NotAPush:
        return
    assert envelope.subscription == "order-create-sub"


@pytest.mark.parametrize(
    ("resource", "project", "subscription"),
    [
        ("projects/p/subscriptions/s", "p", "s"),
        ("s", "", "s"),
        ("projects/p/topics/s", "", "projects/p/topics/s"),
        ("projects/p/subscriptions/s/more", "", "projects/p/subscriptions/s/more"),
    ],
)
def test_a_subscription_is_known_by_its_short_name(resource: str, project: str, subscription: str) -> None:
    """Another form of name is taken as it is, without a project."""
    envelope = parse_push(json.dumps({**BODY, "subscription": resource}).encode())

    assert (envelope.project, envelope.subscription) == (project, subscription)


@pytest.mark.parametrize(
    ("written", "attempt"), [(None, 1), (0, 1), (1, 1), ("5", 5), (1_000_000, 1_000_000)]
)
def test_a_plausible_delivery_attempt_is_read(written: object, attempt: int) -> None:
    """A subscription without a dead-letter topic does not count its attempts."""
    assert parse_push(json.dumps({**BODY, "deliveryAttempt": written}).encode()).delivery_attempt == attempt


@pytest.mark.parametrize("written", [-1, 1_000_001])
def test_an_impossible_delivery_attempt_is_no_push(written: int) -> None:
    """Pub/Sub counts from one, and its policies allow a hundred."""
    with pytest.raises(NotAPush):
        parse_push(json.dumps({**BODY, "deliveryAttempt": written}).encode())


@pytest.mark.parametrize(
    ("attributes", "severe"),
    [
        ({}, False),
        ({"severity": "LOW"}, False),
        ({"severity": " medium "}, False),
        ({"severity": "HIGH"}, True),
        ({"severity": "urgent"}, True),
        ({"severity": ""}, True),
    ],
    ids=str,
)
def test_a_severity_that_is_not_known_to_be_calm_is_severe(
    attributes: dict[str, str],
    severe: bool,  # noqa: FBT001 - the expectation
) -> None:
    """A producer that says nothing of severity has marked nothing."""
    assert is_severe(attributes) is severe
