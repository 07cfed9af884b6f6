"""Profile the processor time of a function by part: `python -m tests.lab.bench.profile`.

`py-spy` samples the worker's event loop while the bench saturates it. Each sample counts for the innermost
part of its stack. The stacks are written to `.reports`, folded for flame graphs.
"""

import argparse
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import uvloop

from tests.lab.bench import cores, generator, orders
from tests.lab.bench.cases import CASE_OF
from tests.lab.bench.functions import prepared
from tests.lab.bench.measure import CONCURRENCY, backend
from tests.lab.bench.server import Server
from tests.lab.stack.paths import ROOT

PARTS = {
    "HTTP server and framework": r"uvicorn|starlette|functions_framework|asyncio/runners",
    "envelope": r"consumer/push_http|contracts/envelope",
    "contract": r"Contract\.parse",
    "fingerprint": r"Contract\.fingerprint",
    "command and rules": r"to_command|shared/domain",
    "events": r"contracts/outgoing",
    "encryption": r"shared/privacy",
    "calls": r"grpc/|gcp/(request_batcher|pubsub|channel|firestore/(rpc|group_commit))",
    "documents": r"consumer/(\w+_documents|firestore_store|delivery_failures)|gcp/firestore",
    "metrics and log": r"shared/telemetry|consumer/(tracing|middleware)",
    "processor": r"shared/(consumer|bootstrap)",
}
"""Regular expressions of frames; the innermost matching frame decides."""

NOT_IN_FLOOR = frozenset({"contract", "fingerprint", "command and rules", "encryption"})
"""The parts that a function's floor does not have at all."""

OTHER = "the rest"
SAMPLES_A_SECOND = "500"
PY_SPY = str(Path(sys.executable).with_name("py-spy"))
LINES = 49
WARM_UP = 300


class NotSampled(RuntimeError):
    """py-spy could not read the process; the text is its error."""


def shares(folded: Iterable[str]) -> dict[str, float]:
    """Return each part's share of the event loop's samples, largest first."""
    counted: Counter[str] = Counter()
    for line in folded:
        stack, _, samples = line.rpartition(" ")
        frames = stack.split(";")
        if not any("Thread.run" in each for each in frames):
            counted[_part(frames)] += int(samples)
    return {name: samples / counted.total() for name, samples in counted.most_common()}


def _part(frames: list[str]) -> str:
    for frame in reversed(frames):
        for name, pattern in PARTS.items():
            if re.search(pattern, frame):
                return name
    return OTHER


def main() -> int:
    """Profile a function and print the shares."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.bench.profile", description=__doc__)
    parser.add_argument("function", nargs="?", choices=CASE_OF, default="order_create")
    parser.add_argument("--messages", type=int, default=4000)
    options = parser.parse_args()
    cores.use_other_cores()
    report = folded_path(options.function)
    try:
        found = profile(options.function, options.messages, LINES)
    except NotSampled as error:
        print(f"profile: py-spy could not read the process: {error}; run as root", file=sys.stderr)
        return 1
    for name, share in found.items():
        print(f"  {share:6.1%} {name}")
    print(f"profile: {report.relative_to(ROOT)}")
    return 0


def folded_path(name: str) -> Path:
    """Return where the stacks of a function are written."""
    return ROOT / ".reports" / f"profile-{name}.folded"


def profile(name: str, messages: int, lines: int) -> dict[str, float]:
    """Sample a saturated function and return each part's share. Raises NotSampled."""
    report = folded_path(name)
    report.parent.mkdir(exist_ok=True)
    new = orders.take(WARM_UP + messages, lines)
    with backend(0.0) as servers, prepared(CASE_OF[name], servers, new) as (server, bodies):
        _saturate(server, bodies[:WARM_UP])
        command = [PY_SPY, "record", "--rate", SAMPLES_A_SECOND, "--format", "raw", "--output", str(report)]
        watching = subprocess.Popen(
            [*command, "--pid", str(server.worker().pid)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        _saturate(server, bodies[WARM_UP:])
    _, errors = watching.communicate(timeout=30)  # py-spy ends with the process that it samples
    if watching.returncode:
        raise NotSampled(errors.strip())
    return shares(report.read_text(encoding="utf-8").splitlines())


def _saturate(server: Server, bodies: list[bytes]) -> None:
    uvloop.run(generator.saturate(server.port, bodies, CONCURRENCY))


if __name__ == "__main__":
    sys.exit(main())
