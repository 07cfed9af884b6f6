"""The steps of `terraform/runbooks/procedures/restore.md`, on the local stack."""

import asyncio
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


class Recovery:
    """Put the export of a moment into the place of the lost database.

    Args:
        moment: when the export was made.
        not_sought: a subscription that is omitted; empty for none.
        min_order_version: what the functions get after the restore.

    Attributes:
        documents: restored from the export.
        redelivered: messages that the relay delivers again.
    """

    def __init__(
        self,
        stack: Stack,
        storm: Storm,
        database: Database,
        export: Path,
        moment: datetime,
        *,
        not_sought: str,
        min_order_version: int,
    ) -> None:
        self._stack = stack
        self._storm = storm
        self._database = database
        self._export = export
        self._moment = moment
        self._not_sought = not_sought
        self._min_order_version = min_order_version
        self.documents = 0
        self.redelivered = 0

    async def pause(self) -> None:
        """Stop deliveries; producers go on."""
        await self._storm.stop()

    async def restore(self) -> None:
        """Restore the copy under another name; the functions do not reach it yet."""
        self.documents = await self._database.restore(self._export, COPY)

    async def switch(self) -> None:
        """Give every function and the console the copy, the lost period and a higher order version."""
        for process in self._stack.processes.values():
            process.add_variables(
                FIRESTORE_DATABASE=COPY,
                MIN_ORDER_VERSION=str(self._min_order_version),
                RESTORED_TO=self._moment.isoformat(),
                RESTORED_AT=datetime.now(UTC).isoformat(),
            )
        await asyncio.gather(*map(_restart, self._stack.processes.values()))
        self._stack.faults.clear()

    async def seek(self) -> None:
        """Seek every subscription to a time before the export."""
        self._relay = self._stack._relay()
        for subscription in self._relay.counts():
            if subscription != self._not_sought:
                self.redelivered += self._relay.seek(subscription, self._moment - MARGIN)

    async def resume(self) -> None:
        """Start deliveries."""
        self._storm.start_relay(self._relay)


async def _restart(process: FunctionProcess) -> None:
    before = process.restarts
    process.restart()
    await until(lambda: process.restarts > before, RESTART_TIMEOUT_S)
    await until(process.answers, RESTART_TIMEOUT_S)
