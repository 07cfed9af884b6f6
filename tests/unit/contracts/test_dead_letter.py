"""A message that a function dead-letters is read back whole."""

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.dead_letter import (
    ADDED_BY_FUNCTION,
    ADDED_BY_PUBSUB,
    PRODUCER_PREFIX,
    FailureReason,
    function_dead_letter,
    parse_dead_letter,
)
from shared.contracts.envelope import parse_push
from tests.messages import order, push

REASON = FailureReason(error_type="rejected", slug="claim.conflict", detail="data: other content")
RESERVED = sorted(ADDED_BY_FUNCTION)
NAMES = st.one_of(
    st.sampled_from([*RESERVED, *(PRODUCER_PREFIX + name for name in RESERVED), PRODUCER_PREFIX * 2 + "x"]),
    st.text(min_size=1, max_size=5).filter(lambda name: name not in ADDED_BY_PUBSUB),
)


@given(st.dictionaries(NAMES, st.text(max_size=5), max_size=8))
def test_every_attribute_of_the_producer_survives(attributes: dict[str, str]) -> None:
    """A producer's attribute with a name of the dead letter's own is neither lost nor read as its origin."""
    original = parse_push(push(order(), attributes=attributes, attempt=3))
    written = function_dead_letter(
        original, REASON, dead_letter_topic="order-create-dlq", original_topic="order-create"
    )
    arrived = parse_push(
        push(written.data, subscription="order-create-dlq-sub", attributes=written.attributes, attempt=1)
    )

    dead_letter = parse_dead_letter(arrived, dead_letter_topic="order-create-dlq")

    assert dead_letter.attributes == attributes
    assert (dead_letter.topic, dead_letter.subscription) == ("order-create", "order-create-sub")
    assert (dead_letter.failure_reason, dead_letter.delivery_attempts) == (REASON, 3)
    assert dead_letter.publish_time == original.publish_time
