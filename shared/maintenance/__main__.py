"""Care of keys and customers, in the environment of a function: `python -m shared.maintenance reseal`.

create          make the first keyset
prepare         add a key to the keyset: the secret's next version, deployed before the key is used
promote         make the newest key the primary: the version after that
reseal          seal anew what older keys have sealed; done when nothing of theirs is left
retire          drop all keys but the primary: the last version, once reseal is done
erase CUSTOMER  erase a customer; done when nothing of theirs is left

Keysets go to the standard output, or to a new file that only its owner reads; wrapped where
KEYSET_KMS_KEY names the key. Exits with 0 when done, 1 where documents changed meanwhile and another
run is needed, 2 where it cannot be done.
"""

import argparse
import asyncio
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import tink

from shared.bootstrap.adapters import Adapters, connect
from shared.bootstrap.queries import queries_of
from shared.errors import Transient
from shared.maintenance.erase import Eraser
from shared.maintenance.keysets import CHANGES, changed, created, write_private
from shared.maintenance.reencrypt import Resealer
from shared.privacy.encryption import KeysetUnusable
from shared.settings import KeysetSettings, Settings, SettingsInvalid

DONE, AGAIN, FAILED = 0, 1, 2
Environ = Mapping[str, str]


def main(arguments: Sequence[str] | None = None, environ: Environ = os.environ) -> int:
    """Carry out a command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        if options.command in ("reseal", "erase"):
            return asyncio.run(_care(options, environ))
        return _keep(options, environ)
    except (SettingsInvalid, KeysetUnusable, Transient) as error:
        return _failed(str(error))
    except FileExistsError:
        return _failed(f"{options.out}: is there, and a keyset that is lost is lost with all it sealed")
    except tink.TinkError:
        return _failed("a document is sealed by a key that the keyset does not have")


def _keep(options: argparse.Namespace, environ: Environ) -> int:
    """Write the keyset that a command makes."""
    if options.command == "create":
        key = {"KEYSET_KMS_KEY": options.kms_key} if options.kms_key is not None else {}
        keyset = created(KeysetSettings.read({"KEYSET_FILE": "", **environ, **key}))
    else:
        keyset = changed(options.command, KeysetSettings.read(environ))
    if options.out is None:
        _say(keyset)
    else:
        write_private(options.out, keyset)
    return DONE


async def _care(options: argparse.Namespace, environ: Environ) -> int:
    """Go through what is stored, print what it came to, and say whether it is done for good."""
    adapters = connect(Settings.read({"SUBSCRIPTIONS": "{}", **environ}))
    counted = await _counted(options, adapters)
    _say(", ".join(f"{kind}: {number}" for kind, number in sorted(counted.items())) or "nothing is stored")
    return AGAIN if counted["changed meanwhile"] else DONE


async def _counted(options: argparse.Namespace, adapters: Adapters) -> Counter[str]:
    parts = (adapters.rpc, queries_of(adapters), adapters.cipher)
    if options.command == "reseal":
        return await Resealer(*parts).reseal()
    return await Eraser(*parts).erase(options.customer, thorough=options.thorough)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m shared.maintenance",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("create", *CHANGES):
        command = commands.add_parser(name)
        command.add_argument("--out", type=Path, metavar="FILE", help="write a new file of mode 0600")
        if name == "create":
            command.add_argument(
                "--kms-key", metavar="NAME", help="the key that wraps, instead of KEYSET_KMS_KEY"
            )
    commands.add_parser("reseal")
    erase = commands.add_parser("erase")
    erase.add_argument("customer", type=_somebody)
    erase.add_argument(
        "--thorough", action="store_true", help="open all that is stored, whoever it speaks of"
    )
    return parser


def _somebody(customer: str) -> str:
    if not customer.strip():
        raise argparse.ArgumentTypeError("must name somebody: nobody is mentioned everywhere")
    return customer


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _failed(problem: str) -> int:
    sys.stderr.write(problem + "\n")
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
