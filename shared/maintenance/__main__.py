"""Maintenance of what is stored, in the environment of a function: `python -m shared.maintenance`.

create          make the first keyset
prepare         add a key to the keyset: the secret's next version, deployed before the key is used
promote         make the newest key the primary: the version after that
reencrypt       encrypt with the primary key what older keys encrypted; repeat until it exits with 0
retire          drop all keys but the primary: the last version, after reencrypt is done
erase CUSTOMER  erase a customer; repeat until it exits with 0
deadlines       give orders of earlier releases the deadlines of this one; repeat until it exits with 0

The audit log of the console has each run of `reencrypt`, `erase` and `deadlines`, without the customer.
Keysets are written to standard output, or to a new file that only its owner can read. They are wrapped where
KEYSET_KMS_KEY names a key. Exit status: 0 done, 1 documents changed meanwhile and another run is needed,
2 failed.
"""

import argparse
import asyncio
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import tink

from shared.bootstrap.adapters import Adapters, connect, utc_now
from shared.bootstrap.queries import build_queries
from shared.errors import Transient
from shared.failed_messages.audit_log import AuditLog
from shared.gcp.firestore.query import FirestoreQueries
from shared.maintenance.audit import ACTIONS, format_counts, new_run, record_begin, record_end
from shared.maintenance.deadlines import DeadlineUpdater
from shared.maintenance.erase import Eraser
from shared.maintenance.keysets import ROTATION_STEPS, create_keyset, rotate_keyset, write_private
from shared.maintenance.reencrypt import Reencryptor
from shared.privacy.encryption import KeysetUnusable
from shared.settings import KeysetSettings, Settings, SettingsInvalid

DONE, AGAIN, FAILED = 0, 1, 2
Environ = Mapping[str, str]


def main(arguments: Sequence[str] | None = None, environ: Environ = os.environ) -> int:
    """Run a command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        if options.command in ACTIONS:
            return asyncio.run(_run_maintenance(options, environ))
        return _write_keyset(options, environ)
    except (SettingsInvalid, KeysetUnusable, Transient) as error:
        return _fail(str(error))
    except FileExistsError:
        return _fail(f"{options.out}: the file exists; choose another, because a keyset is never overwritten")
    except tink.TinkError:
        return _fail("a document is encrypted with a key that the keyset does not have")


def _write_keyset(options: argparse.Namespace, environ: Environ) -> int:
    """Create or rotate a keyset, and write it; creation needs no KEYSET_FILE."""
    if options.command == "create":
        key = {"KEYSET_KMS_KEY": options.kms_key} if options.kms_key is not None else {}
        keyset = create_keyset(KeysetSettings.read({"KEYSET_FILE": "", **environ, **key}))
    else:
        keyset = rotate_keyset(options.command, KeysetSettings.read(environ))
    if options.out is None:
        _print(keyset)
    else:
        write_private(options.out, keyset)
    return DONE


async def _run_maintenance(options: argparse.Namespace, environ: Environ) -> int:
    """Process the stored documents, print the counts, and return whether another run is needed."""
    adapters = connect(Settings.read({"SUBSCRIPTIONS": "{}", **environ}))
    run = new_run(options.command, options.by or environ.get("USER", "unknown"), utc_now())
    queries = build_queries(adapters)
    audit = AuditLog(adapters.rpc, queries)
    await record_begin(audit, run)
    counts = await _process_documents(options, adapters, queries)
    await record_end(audit, run, counts)
    _print(format_counts(counts))
    return AGAIN if counts["changed meanwhile"] else DONE


async def _process_documents(
    options: argparse.Namespace, adapters: Adapters, queries: FirestoreQueries
) -> Counter[str]:
    parts = (adapters.rpc, queries, adapters.cipher)
    if options.command == "reencrypt":
        return await Reencryptor(*parts).reencrypt()
    if options.command == "deadlines":
        return await DeadlineUpdater(*parts).update()
    return await Eraser(*parts).erase(options.customer, thorough=options.thorough)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m shared.maintenance",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("create", *ROTATION_STEPS):
        command = commands.add_parser(name)
        command.add_argument("--out", type=Path, metavar="FILE", help="write a new file of mode 0600")
        if name == "create":
            command.add_argument(
                "--kms-key", metavar="NAME", help="the key that wraps, instead of KEYSET_KMS_KEY"
            )
    for name in ACTIONS:
        commands.add_parser(name).add_argument("--by", help="your name in the audit log, instead of USER")
    erase = commands.choices["erase"]
    erase.add_argument("customer", type=_customer_id)
    erase.add_argument("--thorough", action="store_true", help="decrypt and search every stored document")
    return parser


def _customer_id(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("must be a customer id: an empty text matches every document")
    return text


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")


def _fail(problem: str) -> int:
    sys.stderr.write(problem + "\n")
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
