"""Make a function's process log everything, and give it a bug and a crash.

Python imports this module at the start of a process if the folder is on its path.
"""

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.consumer.firestore_store import FirestoreStore
    from shared.consumer.idempotency import Change, Claim
    from shared.domain.refs import Ref

BUG, CRASH = "QC-LEAK-BUG", "QC-LEAK-CRASH"

logging.basicConfig(level=logging.NOTSET, stream=sys.stderr)


def _break_commits(crashed: Path) -> None:
    from shared.consumer.firestore_store import FirestoreStore  # only a function has `shared` on its path

    commit = FirestoreStore.commit

    async def broken_commit(
        self: "FirestoreStore", claim: "Claim", changes: "Sequence[Change]", removed: "Sequence[Ref]" = ()
    ) -> None:
        if claim.key == BUG:
            raise RuntimeError(
                f"{[getattr(each.entity, 'customer_id', None) for each in changes]} {claim.outbox}"
            )
        if claim.key == CRASH and not crashed.exists():  # noqa: ASYNC240 - the process aborts anyway
            crashed.touch()  # noqa: ASYNC240 - as above
            os.abort()
        await commit(self, claim, changes, removed)

    FirestoreStore.commit = broken_commit  # type: ignore[method-assign]  # that is the bug


if "functions_framework" in " ".join(sys.orig_argv) and "LEAK_CRASHED" in os.environ:
    _break_commits(Path(os.environ["LEAK_CRASHED"]))
