"""The steps of `terraform/runbooks/procedures/restore.md`, on the local stack."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.lab.chaos.storm import Storm
from tests.lab.restore.database import Database
from tests.lab.stack.function_process import FunctionProcess
from tests.lab.stack.polling import until
from tests.lab.stack.stack import Stack

STEPS = ("pause", "restore", "switch", "seek", "resume")
"""In this order; `terraform/recover.py` has those that are not Terraform's."""

COPY = "orders-restored"
MARGIN = timedelta(seconds=30)
"""A seek acknowledges what is older than its moment, so it must go back to the oldest message that waited."""

RESTART_TIMEOUT_S = 60.0


@dataclass(kw_only=True)
class Recovery:
    """Put the export of a moment into the place of the lost database.

    Attributes:
        moment: when the export was made.
        not_sought: a subscription that is omitted; empty for none.
        min_order_version: what the functions get after the restore.
        documents: restored from the export.
        redelivered: messages that the relay delivers again.
    """

    stack: Stack
    storm: Storm
    database: Database
    export: Path
    moment: datetime
    not_sought: str
    min_order_version: int
    documents: int = 0
    redelivered: int = 0

    async def pause(self) -> None:
        """Stop deliveries; producers go on."""
        await self.storm.stop()

    async def restore(self) -> None:
        """Restore the copy under another name; the functions do not reach it yet."""
        self.documents = await self.database.restore(self.export, COPY)

    async def switch(self) -> None:
        """Give every function and the console the copy, the lost period and a higher order version."""
        for process in self.stack.processes.values():
            process.add_variables(
                FIRESTORE_DATABASE=COPY,
                MIN_ORDER_VERSION=str(self.min_order_version),
                RESTORED_TO=self.moment.isoformat(),
                RESTORED_AT=datetime.now(UTC).isoformat(),
            )
        await asyncio.gather(*map(_restart, self.stack.processes.values()))
        self.stack.faults.clear()

    async def seek(self) -> None:
        """Seek every subscription to a time before the export."""
        self._relay = self.stack.build_relay()
        for subscription in self._relay.counts():
            if subscription != self.not_sought:
                self.redelivered += self._relay.seek(subscription, self.moment - MARGIN)

    async def resume(self) -> None:
        """Start deliveries."""
        self.storm.start_relay(self._relay)


async def _restart(process: FunctionProcess) -> None:
    before = process.restarts
    process.restart()
    await until(lambda: process.restarts > before, RESTART_TIMEOUT_S)
    await until(process.answers, RESTART_TIMEOUT_S)
