"""Care of keys and customers, in the environment of a function: `python -m shared.custody reseal`.

prepare         write the keyset with one more key to the standard output: the secret's next version, to be
                deployed before the key is used
promote         write the keyset with its newest key as the primary: the version after that
reseal          seal anew what older keys have sealed; exit 0 when nothing of theirs is left
erase CUSTOMER  erase a customer; exit 0 when nothing of theirs is left
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping

from shared.adapters.cipher import prepared_keyset, promoted_keyset, read_keyset
from shared.bootstrap.adapters import Adapters, connect
from shared.bootstrap.queries import queries_of
from shared.custody.erase import Eraser
from shared.custody.reseal import reseal
from shared.settings import Settings

KEYSETS = {"prepare": prepared_keyset, "promote": promoted_keyset}


async def care(options: argparse.Namespace, adapters: Adapters) -> bool:
    """Carry out a command, print what it came to, and say whether it is done for good."""
    queries = queries_of(adapters)
    if options.command == "reseal":
        counted = await reseal(adapters.rpc, queries, adapters.cipher)
    else:
        counted = await Eraser(adapters.rpc, queries, adapters.cipher).erase(options.customer)
    _say(", ".join(f"{kind}: {number}" for kind, number in sorted(counted.items())) or "nothing is stored")
    return not counted["changed meanwhile"]


def main(environ: Mapping[str, str] = os.environ) -> int:
    """Return the exit status: 0 when done, 1 where a document changed meanwhile and another run is needed."""
    parser = argparse.ArgumentParser(
        prog="python -m shared.custody",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in KEYSETS:
        commands.add_parser(name)
    commands.add_parser("reseal")
    commands.add_parser("erase").add_argument("customer")
    options = parser.parse_args()
    settings = Settings.read({"SUBSCRIPTIONS": "{}", **environ})
    if options.command in KEYSETS:
        _say(KEYSETS[options.command](read_keyset(settings.keyset_file)))
        return 0

    async def run() -> bool:
        return await care(options, connect(settings))

    return 0 if asyncio.run(run()) else 1


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
