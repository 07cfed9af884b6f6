"""Play the story on a new stack; exit 0 only if every message has the expected outcome."""

import asyncio
import os
import sys
import uuid

from google.cloud import firestore
from rich.console import Console

from shared.bootstrap.adapters import Adapters, connect
from shared.consumer.idempotency import claim_id
from shared.settings import Settings
from tests.lab.stack.demo import report
from tests.lab.stack.demo.deliveries import Deliveries
from tests.lab.stack.demo.player import Player, Result
from tests.lab.stack.demo.story import FORCED, ORDERS, STORY
from tests.lab.stack.errors import StackError
from tests.lab.stack.stack import Stack

TIME_SCALE = 0.1
"""Backoff is ten times faster than in production: a message is dead-lettered after 1.5 s instead of 15 s."""

NACKS_PER_MINUTE = 10**8
"""A larger nack budget than in production, so that messages that fail together get all their attempts."""


async def demo(console: Console) -> bool:
    """Play the story, print the outcomes, and return whether all are as expected."""
    deliveries = Deliveries()
    console.print("Starting Google's emulators, the functions and the relay ...")
    async with Stack(
        deliveries, project=_fresh_project(), time_scale=TIME_SCALE, nacks_per_minute=NACKS_PER_MINUTE
    ) as stack:
        os.environ.update(stack.environment, SUBSCRIPTIONS="{}")
        adapters = connect(Settings.read(os.environ))
        documents = firestore.AsyncClient(project=stack.project)
        player = Player(stack, deliveries, adapters.store, documents)
        results = await _play(player, console)
        await _show(player, adapters, results, console)
    for line in deliveries.other_lines:
        console.print(line, style="red", markup=False)
    return all(result.as_expected for result in results)


def _fresh_project() -> str:
    """Return a new project id: emulators that keep running may hold data of earlier runs."""
    return f"demo-{uuid.uuid4().hex[:12]}"


async def _play(player: Player, console: Console) -> list[Result]:
    results: list[Result] = []
    for scene in STORY:
        for step in scene:
            console.print(f"  publishing to {step.topic}: {step.title}", style="dim")
        results += await player.play(scene)
    return results


async def _show(player: Player, adapters: Adapters, results: list[Result], console: Console) -> None:
    claim = (await adapters.store.load(claim_id("order_create", FORCED), [])).claim
    orders = [order for order_id in ORDERS if (order := await player.order(order_id))]
    tables = (
        report.messages_table(results),
        report.orders_table(orders),
        report.claims_table([claim] if claim else []),
        report.failures_table(results),
    )
    report.show(console, tables)
    console.print(report.settlement(orders))


def main() -> int:
    """Return 0 if all outcomes are as expected, 1 if not, 2 if the stack cannot run."""
    console = Console(soft_wrap=False, width=None if sys.stdout.isatty() else 160)
    try:
        succeeded = asyncio.run(demo(console))
    except StackError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    console.print(
        "[bold green]Every message had the expected outcome.[/]"
        if succeeded
        else "[bold red]Some messages had an unexpected outcome.[/]"
    )
    return 0 if succeeded else 1


if __name__ == "__main__":
    sys.exit(main())
