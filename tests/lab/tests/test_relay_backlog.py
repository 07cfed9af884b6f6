"""The backlog lets one message per ordering key out at a time, in order, and each only once."""

from datetime import UTC, datetime
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.lab.stack.relay import backlog as module
from tests.lab.stack.relay.backlog import Backlog, Outstanding
from tests.lab.stack.relay.message import Message, Received


def _received(message_id: str, key: str = "", *, lease: int = 1, data: bytes = b"") -> Received:
    message = Message(data, {}, message_id, datetime(2024, 1, 10, 10, tzinfo=UTC), key)
    return Received(f"{message_id}/{lease}", message)


def _admitted(backlog: Backlog, message_id: str, key: str = "") -> Outstanding:
    outstanding = backlog.admit(_received(message_id, key))
    assert outstanding is not None
    return outstanding


def test_later_message_of_a_key_waits_for_the_one_before() -> None:
    """The second message of a key comes out when the first is settled, and not before."""
    backlog = Backlog(ordered=True)
    first = _admitted(backlog, "1", "a")
    assert backlog.admit(_received("2", "a")) is None
    second = backlog.settle(first)
    assert second is not None
    assert second.message.message_id == "2"
    assert backlog.settle(second) is None


def test_keys_do_not_wait_for_each_other() -> None:
    """A message of another key comes out at once."""
    backlog = Backlog(ordered=True)
    _admitted(backlog, "1", "a")
    assert _admitted(backlog, "2", "b").message.message_id == "2"


def test_settled_key_starts_anew() -> None:
    """After a key's last message is settled its next one comes out at once."""
    backlog = Backlog(ordered=True)
    assert backlog.settle(_admitted(backlog, "1", "a")) is None
    assert _admitted(backlog, "2", "a").message.message_id == "2"


def test_messages_without_key_wait_for_nobody() -> None:
    """Messages without an ordering key are all out at once."""
    backlog = Backlog(ordered=True)
    assert [_admitted(backlog, str(n)).message.message_id for n in range(3)] == ["0", "1", "2"]


def test_keys_mean_nothing_on_a_subscription_without_order() -> None:
    """Without ordering, messages of one key are out at once, as in Pub/Sub."""
    backlog = Backlog(ordered=False)
    first, second = _admitted(backlog, "1", "a"), _admitted(backlog, "2", "a")
    assert backlog.settle(first) is None
    assert backlog.settle(second) is None


def test_message_that_comes_again_only_changes_its_ack_id() -> None:
    """A lapsed lease brings a message a second time: it is outstanding once, under the newer ack id."""
    backlog = Backlog(ordered=True)
    first = _admitted(backlog, "1", "a")
    backlog.admit(_received("2", "a"))
    assert backlog.admit(_received("1", "a", lease=2)) is None
    assert backlog.admit(_received("2", "a", lease=2)) is None
    assert first.ack_id == "1/2"
    assert backlog.ack_ids == ["1/2", "2/2"]
    assert len(backlog) == 2


def test_settled_message_is_remembered() -> None:
    """A message that comes again after its end is known, so that it is not pushed again."""
    backlog = Backlog(ordered=True)
    backlog.settle(_admitted(backlog, "1"))
    assert backlog.is_settled("1")
    assert not backlog.is_settled("2")


def test_backlog_is_full_by_bytes() -> None:
    """A few large messages fill the backlog, and make room when they are settled."""
    backlog = Backlog(ordered=True)
    large = backlog.admit(_received("1", data=b"x" * module.MAX_BYTES))
    assert large is not None
    assert backlog.full
    backlog.settle(large)
    assert not backlog.full


def test_backlog_is_full_by_messages() -> None:
    """Many small messages fill the backlog."""
    backlog = Backlog(ordered=True)
    for number in range(module.MAX_MESSAGES):
        assert not backlog.full
        backlog.admit(_received(str(number), "a"))
    assert backlog.full


@given(keys=st.lists(st.sampled_from("abc"), max_size=30), choices=st.randoms(use_true_random=False))
def test_every_key_comes_out_in_order_and_one_at_a_time(keys: list[str], choices: Random) -> None:
    """In whatever order messages end, each key's come out one after the other, all of them, in order."""
    backlog = Backlog(ordered=True)
    out: list[Outstanding] = []
    seen: dict[str, list[int]] = {}
    arrivals = iter(enumerate(keys))
    pending = len(keys)
    while pending or out:
        if pending and (not out or choices.random() < 0.5):
            number, key = next(arrivals)
            pending -= 1
            released = backlog.admit(_received(str(number), key))
        else:
            released = backlog.settle(out.pop(choices.randrange(len(out))))
        if released:
            out.append(released)
            seen.setdefault(released.message.ordering_key, []).append(int(released.message.message_id))
        held = [outstanding.message.ordering_key for outstanding in out]
        assert len(held) == len(set(held))
    assert seen == {key: [n for n, k in enumerate(keys) if k == key] for key in set(keys)}
    assert not len(backlog)
