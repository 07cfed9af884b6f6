"""Fuzz deliveries by coverage for a while, and print how many inputs that were: `python -m tests.fuzz`."""

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["shared"]):
    from tests.fuzz.target import Target

from tests.examples import FOLDER, example

LIMITS = ("-max_len=8192", "-len_control=0", "-rss_limit_mb=2048", "-timeout=10")

target = Target()


def one_input(data: bytes) -> None:
    """Try one input: its first byte chooses the topic, 255 a bare request."""
    if not data:
        return
    if data[0] == 255:
        target.request(data[1:])
    else:
        target.payload(target.topics[data[0] % len(target.topics)], data[1:])


def seeds(folder: Path) -> None:
    """Write the example messages, for every topic, as the inputs to begin with."""
    for name in sorted(each.stem for each in FOLDER.glob("*.json")):
        for number in range(len(target.topics)):
            (folder / f"{name}-{number}").write_bytes(bytes([number]) + example(name).payload)


def main() -> None:
    """Run until the time is over; exit with a failure at the first input that is answered wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as corpus:
        seeds(Path(corpus))
        atheris.Setup([sys.argv[0], f"-max_total_time={options.seconds}", *LIMITS, corpus], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
