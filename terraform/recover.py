#!/usr/bin/env python3
"""Restore the database: the steps of runbooks/procedures/restore.md. Repeating a step changes nothing.

python3 terraform/recover.py STEP --project PROJECT [--region REGION]

  pause    take the push endpoint off every subscription: it keeps its messages and counts no attempts
  restore  restore the last backup before --time as --database, and wait; delete the backup's indexes
  switch   print what Terraform's variables have to say from now on: --time, --database
  seek     deliver again what was published since --earlier minutes before --time
"""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from gcloud import run_gcloud

POLL_INTERVAL_S = 30
RAISE_VERSIONS_BY = 100_000
"""More than any order changes between two restores."""


def main(arguments: Sequence[str]) -> int:
    """Take one step; return 1 where it failed."""
    parser = _parser()
    options = parser.parse_args(arguments)
    needed = {"restore": ("time", "database"), "switch": ("time", "database"), "seek": ("time",)}
    for name in needed.get(options.step, ()):
        if getattr(options, name) is None:
            parser.error(f"{options.step} needs --{name}")
    return {"pause": pause, "restore": restore, "switch": switch, "seek": seek}[options.step](options)


def pause(options: argparse.Namespace) -> int:
    """Stop deliveries; producers go on."""
    for name in _list_subscriptions(options):
        run_gcloud(options.project, "pubsub", "subscriptions", "modify-push-config", name, "--push-endpoint=")
        print(f"{name}: paused")
    return 0


def restore(options: argparse.Namespace) -> int:
    """Restore a backup, unless the database exists; wait for its end; delete its indexes."""
    databases = run_gcloud(options.project, "firestore", "databases", "list")
    if options.database not in {each["name"].rpartition("/")[2] for each in databases}:
        backup = _find_last_backup(options)
        if backup is None:
            print("no backup from before --time is ready", file=sys.stderr)
            return 1
        print(f"restoring the backup of {backup['snapshotTime']}: the next steps take that --time")
        names = [f"--source-backup={backup['name']}", f"--destination-database={options.database}"]
        run_gcloud(options.project, "firestore", "databases", "restore", *names)
    if error := _wait_for_operations(options):
        print(f"{options.database}: not restored: {error}", file=sys.stderr)
        return 1
    # Terraform makes its own indexes, and would find these in its way.
    indexes = ("firestore", "indexes", "composite")
    for index in run_gcloud(options.project, *indexes, "list", f"--database={options.database}"):
        run_gcloud(
            options.project, *indexes, "delete", index["name"], f"--database={options.database}", "--quiet"
        )
    print(f"{options.database}: restored")
    return 0


def switch(options: argparse.Namespace) -> int:
    """Print the variables; deliveries are paused, so nothing is published for the old database after now.

    Consumers ignore an order's changes unless its versions are above all that they have seen.
    """
    to, at = _format_moment(options.time), _format_moment(datetime.now(UTC))
    print(f'database = "{options.database}"')
    print(f'restored = {{ to = "{to}", at = "{at}", min_order_version = {RAISE_VERSIONS_BY} }}')
    print(
        f"After an earlier restore, add {RAISE_VERSIONS_BY} to its min_order_version instead.",
        file=sys.stderr,
    )
    return 0


def seek(options: argparse.Namespace) -> int:
    """Seek every subscription to before the oldest message that waited: Pub/Sub drops what is older."""
    moment = _format_moment(options.time - timedelta(minutes=options.earlier))
    for name in _list_subscriptions(options):
        run_gcloud(options.project, "pubsub", "subscriptions", "seek", name, f"--time={moment}")
        print(f"{name}: delivers again since {moment}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("step", choices=["pause", "restore", "switch", "seek"])
    parser.add_argument("--project", required=True)
    parser.add_argument("--region", default="asia-southeast1")
    parser.add_argument("--time", type=_parse_moment, help="of the backup, such as 2026-11-26T03:00:00Z")
    parser.add_argument("--database", help="the name of the restored copy")
    parser.add_argument(
        "--earlier", type=int, default=60, help="minutes, for seek: longer than a message waited"
    )
    return parser


def _parse_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("needs a time zone, such as Z")
    return moment.astimezone(UTC)


def _format_moment(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _list_subscriptions(options: argparse.Namespace) -> list[str]:
    chosen = "--filter=name~-sub$ AND NOT name~canary"
    found = run_gcloud(options.project, "pubsub", "subscriptions", "list", chosen)
    return sorted(each["name"].rpartition("/")[2] for each in found)


def _find_last_backup(options: argparse.Namespace) -> Any:
    """Return the newest backup that is ready and not newer than the time; None without any."""
    found = run_gcloud(options.project, "firestore", "backups", "list", f"--location={options.region}")
    ready = {_parse_moment(each["snapshotTime"]): each for each in found if each["state"] == "READY"}
    older = [moment for moment in ready if moment <= options.time]
    return ready[max(older)] if older else None


def _wait_for_operations(options: argparse.Namespace) -> str:
    """Wait for every operation on the database; return the errors, or an empty text."""
    while True:
        found = run_gcloud(
            options.project, "firestore", "operations", "list", f"--database={options.database}"
        )
        if all(each.get("done") for each in found):
            return "; ".join(each["error"].get("message", "") for each in found if "error" in each)
        time.sleep(POLL_INTERVAL_S)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
