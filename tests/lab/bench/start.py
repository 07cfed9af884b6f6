"""What a new instance costs: `python -m tests.lab.bench.start`.

Prints for each function the processor time from start to first answer, divided by that of the bare framework;
the memory after that answer; the size of its archive; and the time that its imports take, by package.
"""

import argparse
import io
import re
import statistics
import subprocess
import sys
import time
import zipfile
from collections import Counter
from dataclasses import dataclass
from typing import Any

import uvloop

from tests.lab.bench import cores, generator, orders
from tests.lab.bench.cases import CASE_OF
from tests.lab.bench.measure import backend, serving
from tests.lab.bench.ratios import Ratio
from tests.lab.bench.server import Variant
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.environment import function_environment
from tests.lab.stack.keyset import ensure_keyset
from tests.lab.stack.paths import ROOT
from tests.terraform.sources import archive_files

FIRST_ANSWERS = frozenset({422, 503})
"""Statuses, besides 204, that answer a message without its order."""

LISTED_PACKAGES = 8
IMPORT_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \| \s*([\w.]+)")
MIB = 1 << 20


@dataclass(frozen=True)
class Start:
    """One start: processor seconds until the first answer, and resident bytes after it."""

    cpu_seconds: float
    memory: int


def measure(rounds: int, servers: Emulators) -> dict[str, Any]:
    """Start every function and the bare framework in turn, round after round."""
    variants = [*map(Variant.function, CASE_OF), Variant.for_comparison("bare")]
    starts: dict[str, list[Start]] = {each.name: [] for each in variants}
    for _ in range(rounds):
        for variant in variants:
            starts[variant.name].append(_start(variant, servers))
    bare = [each.cpu_seconds for each in starts["bare"]]
    return {
        name: {
            "vs_bare": Ratio.of([each.cpu_seconds for each in of], bare),
            "cpu_seconds": min(each.cpu_seconds for each in of),
            "memory_mib": round(statistics.median(each.memory for each in of) / MIB, 1),
            **({} if name == "bare" else _sizes(name)),
        }
        for name, of in starts.items()
    }


def _start(variant: Variant, servers: Emulators) -> Start:
    """Measure processor time and not wall time: in production, a cold start has a core of its own."""
    body = CASE_OF[variant.function_name].pushes(orders.take(1, 1))[:1]
    with serving([variant], servers) as running:
        (server,) = running.values()
        uvloop.run(generator.saturate(server.port, body, 1, rejected=FIRST_ANSWERS))
        time.sleep(0.1)
        return Start(server.cpu_seconds(), server.resident_bytes() + server.unshared_bytes())


def _sizes(function: str) -> dict[str, Any]:
    imports = import_ms(function)
    return {
        "archive_bytes": archive_bytes(function),
        "imports_ms": round(sum(imports.values()), 1),
        "imports_ms_by_package": dict(imports.most_common(LISTED_PACKAGES)),
    }


def archive_bytes(function: str) -> int:
    """Return the size of the archive that is deployed."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in archive_files(function).items():
            archive.write(path, name)
    return len(written.getvalue())


def import_ms(function: str) -> Counter[str]:
    """Return the milliseconds that the import of a function spends in each package."""
    environ = function_environment("bench", Emulators("", ""), ensure_keyset(), {})
    program = [sys.executable, "-X", "importtime", "-c", f"import functions.{function}.main"]
    run = subprocess.run(program, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    packages: Counter[str] = Counter()
    for own_us, module in IMPORT_LINE.findall(run.stderr):
        packages[package_of(module)] += int(own_us)
    return Counter({name: round(us / 1000, 1) for name, us in packages.items()})


def package_of(module: str) -> str:
    """Return the package that a module belongs to; one name for Python's own modules."""
    first, _, rest = module.partition(".")
    if first in sys.stdlib_module_names:
        return "Python's own"
    return f"{first}.{rest.partition('.')[0]}" if first == "google" and rest else first


def lines(found: dict[str, Any]) -> list[str]:
    """Return the measurements as lines of text."""
    texts = []
    for name, each in found.items():
        text = f"  {name:13} {each['vs_bare']} of bare, {each['cpu_seconds']:.2f} s, {each['memory_mib']} MiB"
        if "imports_ms" in each:
            text += f", archive {each['archive_bytes'] / 1000:.0f} kB, imports {each['imports_ms']:.0f} ms"
        texts.append(text)
    by_package = found["order_create"]["imports_ms_by_package"].items()
    imports = ", ".join(f"{name} {ms:.0f} ms" for name, ms in by_package)
    return [*texts, f"  imports of order_create: {imports}"]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.bench.start", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    cores.use_other_cores()
    with backend(0.0) as servers:
        found = measure(options.rounds, servers)
    print("\n".join(lines(found)))
    print(f"start: order_create {found['order_create']['vs_bare'].median:.2f} of the bare framework")
    return 0


if __name__ == "__main__":
    sys.exit(main())
