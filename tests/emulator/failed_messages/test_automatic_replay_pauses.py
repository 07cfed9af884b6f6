"""A person, a setting or a first failure stops the automatic replays of a subscription."""

from datetime import timedelta

import httpx2
import pytest

from shared.failed_messages.errors import NotFound
from tests import messages
from tests.emulator.failed_messages.console_backend import ConsoleBackend, outage

pytestmark = pytest.mark.emulator
ORDER = messages.order()


async def test_the_canary_stops_a_subscription_where_it_fails(backend: ConsoleBackend) -> None:
    """A dry run may pass while the store refuses to write: one replay fails, the others are not tried."""
    ids = [await backend.fail(messages.order(f"QC-{number}"), **outage()) for number in range(3)]

    async def refuse(_: httpx2.Request) -> None:
        raise httpx2.ConnectError("refused")

    backend.transport.before = refuse
    report = await backend.services.automatic_replay.replay_due()

    assert (report.looked_at, report.resolved) == (1, 0)
    assert len(backend.transport.deliveries) == 1
    canary, *others = [await backend.services.messages.find(each) for each in ids]
    assert [entry.action for entry in canary.history] == [
        "failed",
        "replaying",
        "failed_again",
        "still_deferred",
    ]
    assert [each.replays for each in others] == [0, 0]


async def test_a_paused_subscription_waits_until_it_is_resumed(backend: ConsoleBackend) -> None:
    """A pause names who paused, other subscriptions go on, and resuming replays what waited."""
    await backend.fail(ORDER, **outage())
    automatic = backend.services.automatic_replay

    await automatic.pause("order-create-sub", by="ann@x")
    paused = await automatic.replay_due()
    status = await automatic.status()
    await automatic.resume("order-create-sub", by="bob@x")
    resumed = await automatic.replay_due()

    assert (paused.looked_at, resumed.resolved) == (0, 1)
    pause = status["order-create-sub"].pause
    assert pause is not None
    assert pause.paused_by == "ann@x"
    assert status["ship-events-sub"].pause is None
    with pytest.raises(NotFound):
        await automatic.pause("no-such-sub", by="ann@x")


async def test_a_pause_stops_a_replay_in_progress(backend: ConsoleBackend) -> None:
    """Messages after the pause are not touched."""
    for number in range(3):
        await backend.fail(messages.order(f"QC-{number}"), **outage())

    async def pause(_: httpx2.Request) -> None:
        backend.transport.before = None
        await backend.another().automatic_replay.pause("order-create-sub", by="ann@x")
        backend.later += timedelta(seconds=2)

    backend.transport.before = pause
    report = await backend.services.automatic_replay.replay_due()

    assert (report.looked_at, report.resolved) == (1, 1)


async def test_a_subscription_can_be_switched_off(backend: ConsoleBackend) -> None:
    """With `automatic_replay: false` in the topology its messages are left to people."""
    policies = backend.settings.subscriptions
    off = policies["order-create-sub"].model_copy(update={"automatic_replay": False})
    backend.settings = backend.settings.model_copy(
        update={"subscriptions": {**policies, "order-create-sub": off}}
    )
    await backend.fail(ORDER, **outage())

    assert (await backend.another().automatic_replay.replay_due()).looked_at == 0
