"""Draw what is deployed: print it with `python -m tests.terraform.diagram`."""

from collections.abc import Iterator

from tests.lab.stack import topology
from tests.lab.stack.topology import Topology


def draw(deployed: Topology) -> str:
    """Return a Mermaid flowchart of topics, subscriptions, functions and what they share."""
    return "\n".join(["flowchart LR", *(f"    {line}" for line in _lines(deployed))])


def _lines(deployed: Topology) -> Iterator[str]:
    yield "subgraph functions [Functions, one account each, internal ingress]"
    yield from (f"    {name}" for name in deployed.functions)
    yield "end"
    yield from (f"{topic}[({topic})]" for topic in deployed.all_topics)
    for name, each in deployed.all_subscriptions.items():
        yield f"{each.topic} -->|{name}| {each.function}"
    dead_lettered = {each.topic: each.dead_letter_topic for each in deployed.subscriptions.values()}
    yield from (f"{topic} -.->|after 5 attempts| {dead}" for topic, dead in dead_lettered.items())
    for name, function in deployed.functions.items():
        yield from (f"{name} ==> {topic}" for topic in function.publishes)
    yield "people([people on call]) -->|Identity-Aware Proxy| console"
    yield "schedule([Cloud Scheduler]) -->|every minute| console"
    yield "console -->|replays| functions"
    yield "console --> firestore"
    yield "functions --> firestore[(Firestore)]"
    yield "keyset{{Secret Manager: wrapped keyset}} --> functions & console"
    yield "kms{{Cloud KMS key}} -->|unwraps| functions & console"


if __name__ == "__main__":
    print(draw(topology.load()))
