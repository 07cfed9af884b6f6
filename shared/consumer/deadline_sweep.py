"""Checks the orders with a missed deadline: only this scheduled call finds them.

An order's document holds its next deadline (`deadlineAt`) and the number of one of sixteen shards
(`deadlineShard`). Without shards, one index over ever growing times would limit the collection to about 500
writes a second.

Each order is checked as if a message asked for it. So a claim, a precondition and the outbox protect the
change, also when a message or another sweep changes the order at the same moment.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from shared.consumer.entity_documents import COLLECTIONS, DEADLINE, DEADLINE_SHARD, DEADLINE_SHARDS
from shared.consumer.ports import Clock, Process
from shared.consumer.routes import Route, Routes, on_order, order_refs
from shared.contracts.contract import Contract
from shared.contracts.envelope import Envelope
from shared.contracts.field_types import Identifier
from shared.domain.deadlines import CheckDeadlines, check_deadlines
from shared.errors import Outcome
from shared.gcp.firestore.query import FirestoreQueries, Op, Selection
from shared.gcp.firestore.values import read_fields
from shared.telemetry import log

SUBSCRIPTION = "order-deadlines"
"""Used in place of a subscription and its topic; Pub/Sub has none of this name."""

ORDERS_PER_SHARD = 25
"""Orders that one sweep checks of a shard: all of them take some seconds, a request ends after 60."""


class DueOrder(Contract):
    """An order with a missed deadline, as the query found it."""

    order_id: Identifier
    version: Annotated[int, Field(ge=0)]

    def to_command(self) -> CheckDeadlines:
        """Return the command that `check_deadlines` decides on."""
        return CheckDeadlines(order_id=self.order_id, version=self.version)


ROUTES: Routes = {
    (SUBSCRIPTION, None): Route(
        scope="order_deadlines",
        contract=DueOrder,
        key=lambda command: f"{command.order_id}\t{command.version}",
        refs=order_refs,
        decide=on_order(check_deadlines),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepReport:
    """How many orders one sweep checked and changed; the next sweep checks those that failed again."""

    checked: int = 0
    changed: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineSweep:
    """Find the orders that are due, and check them."""

    queries: FirestoreQueries
    process: Process
    """Processes by ROUTES."""
    project: str
    clock: Clock

    async def run(self) -> SweepReport:
        """Check the orders that are due; in each shard the longest overdue come first.

        Raises StoreUnavailable where a query fails.
        """
        now = self.clock()
        outcomes = [
            await self._check(read_fields(found.fields), now)
            for shard in range(DEADLINE_SHARDS)
            for found in await self._due(shard, now)
        ]
        return SweepReport(
            checked=len(outcomes),
            changed=outcomes.count(Outcome.PROCESSED),
            failed=outcomes.count(Outcome.ERROR),
        )

    async def _due(self, shard: int, now: datetime) -> list[Any]:
        due = Selection(
            collection=COLLECTIONS["order"],
            where=((DEADLINE_SHARD, Op.EQUAL, shard), (DEADLINE, Op.AT_MOST, now)),
            order=(DEADLINE,),
            fields=("orderId", "version"),
        )
        found, _ = await self.queries.page(due, ORDERS_PER_SHARD)
        return found

    async def _check(self, due: dict[str, Any], now: datetime) -> Outcome:
        payload = {"orderId": due["orderId"], "version": due["version"]}
        envelope = Envelope(
            project=self.project,
            subscription=SUBSCRIPTION,
            message_id=f"deadline-{due['orderId']}-{due['version']}",
            publish_time=now,
            attributes={},
            ordering_key="",
            data=json.dumps(payload).encode(),
            delivery_attempt=1,
        )
        try:
            return await self.process(envelope)
        except Exception as error:  # noqa: BLE001 - one order must not stop the others; the next sweep finds it
            reason = type(error).__name__  # the text of a bug may hold payload
            log.write({"severity": "ERROR", "message": "deadline not checked", "reason": reason})
            return Outcome.ERROR
