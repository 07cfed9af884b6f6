"""The screen that `up` prints when every part answers: addresses, and how to publish a message."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.lab.stack.stack import Stack
from tests.lab.stack.topology import Topology

MAX_LISTED = 5

PUBLISH = """
Publish the message in order.json (any Pub/Sub client works):

  set -a; . {env_file}; set +a
  curl http://$PUBSUB_EMULATOR_HOST/v1/projects/$GOOGLE_CLOUD_PROJECT/topics/order-create:publish \\
    -H 'content-type: application/json' \\
    -d '{{"messages": [{{"data": "'$(base64 < order.json | tr -d '\\n')'", "orderingKey": "CUST-123456"}}]}}'

Stop with Ctrl-C.
"""


def show(stack: Stack, env_file: Path, console: Console | None = None) -> None:
    """Print the addresses of a running stack."""
    console = console or Console(soft_wrap=True)
    console.print(_table(stack))
    console.print(PUBLISH.format(env_file=env_file), markup=False, highlight=False)


def _table(stack: Stack) -> Table:
    table = Table("part", "address", "serves", title="The local stack is running", title_justify="left")
    table.add_row("Pub/Sub", stack.emulators.pubsub, f"{len(stack.topology.all_topics)} topics")
    table.add_row("Firestore", stack.emulators.firestore, f"project {stack.project}")
    table.add_row("control", stack.environment["STACK_CONTROL_URL"], "faults, duplicates, counts")
    for name, process in stack.processes.items():
        table.add_row(name, process.url, _served(stack.topology, process.function))
    return table


def _served(topology: Topology, function: str) -> str:
    names = list(topology.subscriptions_of(function)) if function in topology.functions else []
    return ", ".join(names) if len(names) < MAX_LISTED else f"{len(names)} subscriptions"
