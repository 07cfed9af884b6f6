"""Run pip where Python has none, as on Debian: `python .ci/pip.py install ...`.

It runs pip from its wheel, which it fetches from PyPI. Proxy variables apply; pip reads its own settings too.
"""

import hashlib
import os
import sys
import tempfile
import urllib.request
from pathlib import Path

WHEEL = (
    "https://files.pythonhosted.org/packages/07/25/ee8c38ae72d66b844ce8eb9711ba905dba21ca1a8a0c960057c41cd23337/"
    "pip-26.3-py3-none-any.whl"
)
SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
TIMEOUT_S = 60


def main(arguments: list[str]) -> int:
    """Run pip with the arguments; return its exit status."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(folder) / WHEEL.rpartition("/")[2]
        with urllib.request.urlopen(WHEEL, timeout=TIMEOUT_S) as answer:
            wheel.write_bytes(answer.read())
        if hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256:
            sys.exit(f"make: {WHEEL} has an unexpected checksum")
        command = [sys.executable, f"{wheel}/pip", *arguments]
        return os.spawnv(os.P_WAIT, sys.executable, command)  # noqa: S606 - our own command


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
