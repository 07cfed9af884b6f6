"""Push backoff pauses a whole subscription as Google's examples say, and recovers quickly."""

import pytest

from tests.lab.stack.relay.push_backoff import PushBackoff, Reading, pause_by_count, pause_by_share

READINGS = pytest.mark.parametrize("reading", [pause_by_count, pause_by_share])


@READINGS
def test_pauses_are_those_of_the_documented_examples(reading: Reading) -> None:
    """Of five deliveries a second, one refusal pauses for about 500 ms, five for 30 to 60 s."""
    assert reading(1, 5) == pytest.approx(0.5)
    assert 30 <= reading(5, 5) <= 60


@READINGS
def test_no_pause_is_longer_than_a_minute_or_shorter_than_100_ms(reading: Reading) -> None:
    """The bounds are those of the documentation, whatever the number of answers."""
    pauses = [reading(refused, answered) for answered in (1, 5, 500) for refused in range(1, answered + 1)]

    assert min(pauses) >= 0.1
    assert max(pauses) <= 60


def test_the_share_counts_where_the_share_is_read() -> None:
    """One refusal pauses less among a hundred answers than among five, and never as long as five of five."""
    assert pause_by_share(1, 100) < pause_by_share(1, 5) < pause_by_share(5, 5)
    assert pause_by_count(1, 100) == pause_by_count(1, 5)


def test_refusals_of_the_last_second_count() -> None:
    """The fifth refusal within a second pauses long; the same five over ten seconds do not."""
    close, apart = PushBackoff(), PushBackoff()
    for number in range(5):
        close.answered(0.1 * number, refused=True)
        apart.answered(2.0 * number, refused=True)

    assert close.paused_until - 0.4 > 30
    assert apart.paused_until - 8.0 == pytest.approx(0.5)


def test_acknowledgements_recover_quickly() -> None:
    """A second after the last refusal its share no longer counts, and the next pause is short."""
    backoff = PushBackoff()
    for number in range(5):
        backoff.answered(0.1 * number, refused=True)
    resumed = backoff.paused_until
    for number in range(50):
        backoff.answered(resumed + 0.01 * number, refused=False)
    backoff.answered(resumed + 0.5, refused=True)

    assert backoff.paused_until - (resumed + 0.5) < 0.2


def test_an_acknowledgement_does_not_pause() -> None:
    """A subscription without refusals is never paused."""
    backoff = PushBackoff()
    backoff.answered(1.0, refused=False)

    assert backoff.paused_until == 0.0
