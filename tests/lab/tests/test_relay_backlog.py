"""The backlog releases one message per ordering key at a time, in order, and each only once."""

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
    """The second message of a key is released when the first is finished."""
    backlog = Backlog(ordered=True)
    first = _admitted(backlog, "1", "a")
    assert backlog.admit(_received("2", "a")) is None
    second = backlog.finish(first)
    assert second is not None
    assert second.message.message_id == "2"
    assert backlog.finish(second) is None


def test_keys_do_not_wait_for_each_other() -> None:
    """A message of another key is released at once."""
    backlog = Backlog(ordered=True)
    _admitted(backlog, "1", "a")
    assert _admitted(backlog, "2", "b").message.message_id == "2"


def test_a_finished_key_starts_again() -> None:
    """After a key's last message is finished, its next message is released at once."""
    backlog = Backlog(ordered=True)
    assert backlog.finish(_admitted(backlog, "1", "a")) is None
    assert _admitted(backlog, "2", "a").message.message_id == "2"


def test_messages_without_key_do_not_wait() -> None:
    """Messages without an ordering key are all released at once."""
    backlog = Backlog(ordered=True)
    assert [_admitted(backlog, str(n)).message.message_id for n in range(3)] == ["0", "1", "2"]


def test_keys_do_not_matter_without_ordering() -> None:
    """Without ordering, messages of one key are released at once, as in Pub/Sub."""
    backlog = Backlog(ordered=False)
    first, second = _admitted(backlog, "1", "a"), _admitted(backlog, "2", "a")
    assert backlog.finish(first) is None
    assert backlog.finish(second) is None


def test_a_redelivered_message_only_changes_its_ack_id() -> None:
    """After a lapsed lease a message is outstanding once, under the newer ack id."""
    backlog = Backlog(ordered=True)
    first = _admitted(backlog, "1", "a")
    backlog.admit(_received("2", "a"))
    assert backlog.admit(_received("1", "a", lease=2)) is None
    assert backlog.admit(_received("2", "a", lease=2)) is None
    assert first.ack_id == "1/2"
    assert backlog.ack_ids == ["1/2", "2/2"]
    assert len(backlog) == 2


def test_a_finished_message_is_recognised() -> None:
    """A finished message that is redelivered is recognised and not pushed again."""
    backlog = Backlog(ordered=True)
    backlog.finish(_admitted(backlog, "1"))
    assert backlog.is_finished("1")
    assert not backlog.is_finished("2")


def test_backlog_is_full_by_bytes() -> None:
    """A few large messages fill the backlog; finishing them frees it."""
    backlog = Backlog(ordered=True)
    large = backlog.admit(_received("1", data=b"x" * module.MAX_BYTES))
    assert large is not None
    assert backlog.full
    backlog.finish(large)
    assert not backlog.full


def test_backlog_is_full_by_messages() -> None:
    """Many small messages fill the backlog."""
    backlog = Backlog(ordered=True)
    for number in range(module.MAX_MESSAGES):
        assert not backlog.full
        backlog.admit(_received(str(number), "a"))
    assert backlog.full


@given(keys=st.lists(st.sampled_from("abc"), max_size=30), choices=st.randoms(use_true_random=False))
def test_every_key_is_released_in_order(keys: list[str], choices: Random) -> None:
    """In whatever order messages finish, those of a key are released one at a time and in order."""
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
            released = backlog.finish(out.pop(choices.randrange(len(out))))
        if released:
            out.append(released)
            seen.setdefault(released.message.ordering_key, []).append(int(released.message.message_id))
        held = [outstanding.message.ordering_key for outstanding in out]
        assert len(held) == len(set(held))
    assert seen == {key: [n for n, k in enumerate(keys) if k == key] for key in set(keys)}
    assert not len(backlog)
