"""Measure the console's lists and counts with many failed messages: `python -m tests.lab.console_size`.

Every figure is the median of several calls against the Firestore emulator, in milliseconds; a call
that the client ends has none. The messages are written to the store directly, as the function for
dead letters writes them.
"""

import argparse
import asyncio
import os
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import httpx2

from shared.bootstrap.console import connect_services
from shared.contracts.dead_letter import FailureReason
from shared.errors import StoreUnavailable
from shared.failed_messages.console_services import ConsoleServices
from shared.failed_messages.documents import message_fields
from shared.failed_messages.model import AuditEntry, FailedMessage, MessageFilter, MessageStatus
from shared.failed_messages.search_keys import derive_search_key
from shared.gcp.channel import open_channel
from shared.gcp.firestore.query import QUERY_TIMEOUT_S
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.writes import set_document
from shared.settings import ConsoleSettings
from tests.lab.stack.emulators import Emulators, running
from tests.lab.stack.environment import console_subscriptions, function_environment
from tests.lab.stack.keyset import ensure_keyset
from tests.lab.stack.topology import load

GROUPS = 20
PER_COMMIT = 100
CALLS = 7
SETTLE_S = 10
"""The emulator continues a count that the console no longer waits for, and answers nothing else meanwhile."""
START = datetime(2026, 11, 1, tzinfo=UTC)
Call = Callable[[], Awaitable[object]]


def failed_message(number: int, newest: datetime) -> FailedMessage:
    """Return one of many messages, in one of twenty groups, failed within the last days."""
    failure_reason = FailureReason(error_type="rejected", slug=f"rule.number_{number % GROUPS}")
    at = newest - timedelta(seconds=number)
    return FailedMessage(
        id=uuid.UUID(int=number).hex,
        topic="order-create",
        subscription="order-create-sub",
        publish_time=at - timedelta(minutes=1),
        attributes={"source": "QC-SMF", "version": "1.0"},
        payload_bytes=700,
        order_id=f"QC-{number:08}",
        amount="1333.98",
        search_keys=(derive_search_key(f"corr-{number}"),),
        critical=number % GROUPS < 3,
        delivery_attempts=5,
        received_at=at,
        failure_reason=failure_reason,
        last_failed_at=at,
        history=(AuditEntry(at=at, by="system", action="failed", detail=failure_reason.slug),),
    )


async def fill(rpc: FirestoreRpc, numbers: range) -> None:
    """Write messages, two commits at a time."""
    newest = datetime.now(UTC)
    gate = asyncio.Semaphore(2)

    async def write(part: Sequence[int]) -> None:
        async with gate:
            await rpc.commit(
                [
                    set_document(
                        rpc.name(f"failed_messages/{each.id}"),
                        {**message_fields(each), "message": {"inline": bytes(700)}},
                    )
                    for each in (failed_message(number, newest) for number in part)
                ]
            )

    parts = [numbers[start : start + PER_COMMIT] for start in range(0, len(numbers), PER_COMMIT)]
    await asyncio.gather(*(write(part) for part in parts))


async def milliseconds(call: Call, settle_s: float = 0) -> str:
    """Return the median time of several calls, or that one of them timed out; wait before each."""
    times = []
    for _ in range(CALLS):
        await asyncio.sleep(settle_s)
        started = time.perf_counter()
        try:
            await call()
        except StoreUnavailable:
            return f"none within {QUERY_TIMEOUT_S} s"
        times.append((time.perf_counter() - started) * 1000)
    return f"{statistics.median(times):.1f}"


def reads(services: ConsoleServices, group_id: str, cursor: str | None) -> dict[str, Call]:
    """Return the calls that end with their answer, by name."""
    return {
        "first page of open messages": lambda: services.messages.page(
            MessageFilter(status=MessageStatus.OPEN)
        ),
        "a later page": lambda: services.messages.page(MessageFilter(status=MessageStatus.OPEN), cursor),
        "first page of a group": lambda: services.messages.page(
            MessageFilter(status=MessageStatus.OPEN, group_id=group_id)
        ),
        "count of a group": lambda: services.messages.repository.count(
            MessageFilter(status=MessageStatus.OPEN, group_id=group_id)
        ),
        "orders and amounts of a group": lambda: services.overview.impact(group_id),
        "search of a customer, an id and a text": lambda: services.search.repeat("CUST-000500"),
        "next messages of a group's replay": lambda: services.messages.repository.page_unfinished(group_id),
        "messages of an order": lambda: services.messages.page(MessageFilter(order_id="QC-00000500")),
    }


def counts(services: ConsoleServices, group_id: str) -> dict[str, Call]:
    """Return the calls that stop waiting for counts after a budget, by name."""
    return {
        f"overview of {GROUPS} groups with counts": services.overview.groups,
        "headline, better or worse": services.overview.headline,
        "better or worse of a group": lambda: services.overview.period_changes(group_id),
        "trend of a group": lambda: services.overview.trend(group_id),
        "counts of all subscriptions": services.overview.subscriptions,
    }


async def measure(servers: Emulators, sizes: Sequence[int]) -> None:
    """Print the figures of each size; the sizes share one database."""
    project = f"review-{uuid.uuid4().hex[:12]}"
    environ = function_environment(project, servers, ensure_keyset(), {}) | {
        "SUBSCRIPTIONS": console_subscriptions(load().subscriptions),
        "FUNCTION_URLS": "{}",
    }
    settings = ConsoleSettings.read(environ)
    rpc = FirestoreRpc(open_channel(servers.firestore, "firestore.googleapis.com"), project)
    written = 0
    async with httpx2.AsyncClient() as http:
        services = connect_services(settings, http)
        for number in range(GROUPS):
            await services.overview.failure_groups.ensure(failed_message(number, datetime.now(UTC)))
        for size in sizes:
            started = time.perf_counter()
            await fill(rpc, range(written, size))
            print(
                f"\n{size:,} failed messages (the last {size - written:,} written in "
                f"{time.perf_counter() - started:.0f} s)"
            )
            written = size
            page = await services.messages.page(MessageFilter(status=MessageStatus.OPEN))
            group = (await services.overview.groups()).items[0].group
            for name, call in reads(services, group.id, page.next).items():
                print(f"  {await milliseconds(call):>16}  {name}", flush=True)
            for name, call in counts(services, group.id).items():
                print(f"  {await milliseconds(call, SETTLE_S):>16}  {name}", flush=True)


def main() -> None:
    """Measure at the sizes of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.console_size", description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=[1_000, 100_000])
    with running(os.environ) as servers:
        asyncio.run(measure(servers, sorted(parser.parse_args().sizes)))


if __name__ == "__main__":
    main()
