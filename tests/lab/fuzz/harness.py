"""Fuzz deliveries by coverage in a process that libFuzzer ends: `-m tests.lab.fuzz.harness CORPUS`."""

import argparse
import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["shared"]):
    from tests.lab.fuzz.target import Target

from tests.examples import FOLDER, example

LIMITS = ("-max_len=8192", "-len_control=0", "-rss_limit_mb=2048", "-timeout=10")
DEPLOYED = "tests.lab.fuzz.target:Target"


def make_input_handler(target: Target) -> Callable[[bytes], None]:
    """Return a function that tries one input: its first byte chooses the topic, 255 a whole request body."""

    def one_input(data: bytes) -> None:
        if not data:
            return
        if data[0] == 255:
            target.deliver_body(data[1:])
        else:
            target.deliver_payload(target.topics[data[0] % len(target.topics)], data[1:])

    return one_input


def write_seeds(folder: Path, topics: int) -> None:
    """Write the example messages, for every topic, as the first inputs."""
    for name in sorted(each.stem for each in FOLDER.glob("*.json")):
        for number in range(topics):
            (folder / f"{name}-{number}").write_bytes(bytes([number]) + example(name).payload)


def main() -> None:
    """Run until a limit is reached; fail at the first wrong answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, help="a folder for inputs, and for a failing one")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--runs", type=int, default=-1, help="largest number of inputs; -1 for no limit")
    parser.add_argument("--target", default=DEPLOYED, help="module:class")
    options = parser.parse_args()
    module, _, name = options.target.partition(":")
    target: Target = getattr(importlib.import_module(module), name)()
    inputs = options.corpus / "inputs"
    inputs.mkdir(parents=True, exist_ok=True)
    write_seeds(inputs, len(target.topics))
    bounds = (f"-max_total_time={options.seconds}", f"-runs={options.runs}")
    place = (f"-artifact_prefix={options.corpus}/", str(inputs))
    atheris.Setup([sys.argv[0], *bounds, *LIMITS, *place], make_input_handler(target))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
