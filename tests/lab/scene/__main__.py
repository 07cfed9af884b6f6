"""Play the scene on the stack that `make up` runs: `python -m tests.lab.scene`."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime

from tests.lab.scene.messages import FAILURES, GOOD, GROUPS, Scene
from tests.lab.scene.play import bring_late_orders, play
from tests.lab.stack import env_file, paths
from tests.lab.stack.client import StackClient


def main() -> int:
    """Return 0 if every message had its outcome, 1 if not, 2 where no stack runs."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.scene", description=__doc__)
    parser.add_argument("--day", default=f"{datetime.now(UTC):%Y-%m-%d}", help="part of every order's id")
    parser.add_argument("--late-orders", action="store_true", help="only the orders of the early parcels")
    options = parser.parse_args()
    variables = env_file.read(paths.ENV_FILE)
    if not variables:
        print("scene: no stack is running; start one with: make up", file=sys.stderr)
        return 2
    stack, scene = StackClient(variables), Scene(options.day)
    try:
        asyncio.run(bring_late_orders(stack, scene) if options.late_orders else play(stack, scene))
    except TimeoutError:
        print("scene: some messages have no outcome yet", file=sys.stderr)
        return 1
    if not options.late_orders:
        print(f"scene: {GOOD} good orders, {FAILURES} failures in {GROUPS} groups: {stack.url('console')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
