"""Makes a function's process tell all that its libraries log, and gives it a bug and a crash.

Python runs this by itself where the folder is on its path, before the function starts.
"""

import logging
import os
import sys
from pathlib import Path
from typing import Any

BUG, CRASH = "QC-LEAK-BUG", "QC-LEAK-CRASH"

logging.basicConfig(level=logging.NOTSET, stream=sys.stderr)


def _spoil_commits(crashed: Path) -> None:
    from shared.consumer.firestore_store import FirestoreStore  # only a function has it on its path

    commit = FirestoreStore.commit

    async def spoilt(store: Any, claim: Any, changes: Any) -> None:
        if claim.key == BUG:
            raise RuntimeError(f"{[each.entity.customer_id for each in changes]} {claim.outbox}")
        if claim.key == CRASH and not crashed.exists():  # noqa: ASYNC240 - it is about to die
            crashed.touch()  # noqa: ASYNC240 - as above
            os.abort()
        await commit(store, claim, changes)

    FirestoreStore.commit = spoilt  # type: ignore[method-assign,assignment]  # that is the bug


if "functions_framework" in " ".join(sys.orig_argv) and "LEAK_CRASHED" in os.environ:
    _spoil_commits(Path(os.environ["LEAK_CRASHED"]))
