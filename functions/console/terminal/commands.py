"""Commands about failed messages and their groups: list, show, replay, discard."""

import sys
import time
from argparse import Namespace
from typing import Any

from terminal.client import Api, CommandError, Exit
from terminal.output import (
    dry_run_line,
    group_line,
    message_line,
    operation_line,
    payload_text,
    write_json,
    write_line,
    write_lines,
    write_page,
    write_progress,
)

POLL_S = 1.0
"""Between two looks at a bulk operation that another request advances."""


def list_groups(api: Api, options: Namespace) -> Exit:
    """Print one line per failure group with open messages, critical ones first."""
    groups = list(api.groups())
    if options.json:
        write_json({"items": groups})
    else:
        write_lines(map(group_line, groups))
    return Exit.OK


def list_failed(api: Api, options: Namespace) -> Exit:
    """Print one line per failed message, newest first, and the command for the next page."""
    page = api.get(
        "/failed",
        status=options.status or None,
        group=options.group and api.group(options.group)["group"]["id"],
        subscription=options.subscription,
        order=options.order,
        cursor=options.cursor,
        limit=options.limit,
    )
    write_page(page, message_line, "list", as_json=options.json)
    return Exit.OK


def show(api: Api, options: Namespace) -> Exit:
    """Print a message with its masked payload, and the dry run of a replay."""
    path = f"/failed/{api.message_id(options.id)}"
    shown = {
        "message": api.get(path),
        "payload": api.get(f"{path}/payload"),
        "dryRun": api.post(f"{path}/preflight"),
    }
    if options.json:
        write_json(shown)
        return Exit.OK
    message = shown["message"]
    write_line(message_line(message))
    write_line(f"published {message['publishTime']}, last failed {message['lastFailedAt']}")
    write_lines(f"{name}: {value}" for name, value in shown["payload"]["attributes"].items())
    write_lines(f"{each['at']} {each['by']} {each['action']} {each['detail']}" for each in message["history"])
    write_line(dry_run_line(shown["dryRun"]))
    write_line(payload_text(message, shown["payload"]))
    return Exit.OK


def replay(api: Api, options: Namespace) -> Exit:
    """Replay a message, or a group with its count; FAILED where a replay fails."""
    if options.group:
        return _run_bulk(api, options, "replay")
    message = api.post(f"/failed/{api.message_id(options.id)}/replay", edit=options.edit)
    _write_message(message, options)
    return Exit.OK if message["status"] == "RESOLVED" else Exit.FAILED


def discard(api: Api, options: Namespace) -> Exit:
    """Discard a message, or a group with its count."""
    if options.group:
        return _run_bulk(api, options, "discard", reason=options.reason)
    _write_message(api.post(f"/failed/{api.message_id(options.id)}/discard", reason=options.reason), options)
    return Exit.OK


def _write_message(message: Any, options: Namespace) -> None:
    if options.json:
        write_json(message)
    else:
        write_line(message_line(message))


def _run_bulk(api: Api, options: Namespace, action: str, **more: str) -> Exit:
    summary = api.group(options.group)
    confirmed = _confirm_count(summary["open"], options.count, action)
    operation = api.post("/runs", action=action, group=summary["group"]["id"], confirmed=confirmed, **more)
    operation = _watch(api, operation)
    if options.json:
        write_json(operation)
    else:
        write_line(operation_line(operation))
        if stop := operation["stop"]:
            write_line(f"stopped at {stop['case']}: {stop['reason']} {stop['detail']}")
    return Exit.OK if operation["status"] == "DONE" else Exit.FAILED


def _confirm_count(number: int, typed: int | None, action: str) -> int:
    """Return the count that the person confirmed; ask for it in a terminal."""
    if typed is not None:
        return typed
    if not sys.stdin.isatty():
        text = f"--count: {number} messages are open; confirm with --count {number}"
        raise CommandError(text, Exit.USAGE)
    write_progress(f"{number} messages are open. Type their number to {action} them:")
    answer = sys.stdin.readline().strip()
    return int(answer) if answer.isdecimal() else -1


def _watch(api: Api, operation: Any) -> Any:
    """Advance an operation until it ends, and print each step of its progress."""
    while operation["status"] == "RUNNING":
        before = operation
        operation = api.post(f"/runs/{operation['id']}/advance", seconds=5)
        if operation["done"] == before["done"] and operation["status"] == "RUNNING":
            time.sleep(POLL_S)
        else:
            write_progress(operation_line(operation))
    return operation
