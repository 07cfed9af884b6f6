"""How large the largest tests are: smaller in `make test`, whole in `make soak`."""

import os


def sized(whole: int, in_gate: int) -> int:
    """Return `whole` where FULL_SIZE is set, else `in_gate`."""
    return whole if os.environ.get("FULL_SIZE") else in_gate
