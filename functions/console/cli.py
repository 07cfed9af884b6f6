"""Review failed messages in a terminal: `failed list | show | replay | discard`, by the console's API.

The console's address is CONSOLE_URL, or that of the running local stack.
"""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2

STACK_ENVIRONMENT = Path(__file__).resolve().parents[2] / ".stack" / "env"
TIMEOUT_S = 90.0
"""Longer than the console waits for a function."""

Command = Callable[[httpx2.Client, argparse.Namespace], int]


class CommandError(Exception):
    """A command failed; the text is for the terminal."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 1 where it was refused or a replay failed."""
    options = _parser().parse_args(arguments)
    command: Command = options.command
    try:
        with httpx2.Client(base_url=f"{console_url()}/api", timeout=TIMEOUT_S) as api:
            return command(api, options)
    except (CommandError, httpx2.HTTPError) as error:
        _print(f"failed: {error}", sys.stderr)
        return 1


def console_url(environ: Mapping[str, str] = os.environ, stack: Path = STACK_ENVIRONMENT) -> str:
    """Return the console's address; raise CommandError where none is known."""
    if url := environ.get("CONSOLE_URL"):
        return url.rstrip("/")
    lines = stack.read_text(encoding="utf-8").splitlines() if stack.exists() else []
    urls = [line.partition("=")[2] for line in lines if line.startswith("CONSOLE_URL=")]
    if not urls:
        raise CommandError("no console: start the local stack with `make up`, or set CONSOLE_URL")
    return "".join(shlex.split(urls[0]))


def list_failed(api: httpx2.Client, options: argparse.Namespace) -> int:
    """Print one line per failed message, newest first, and the command for the next page."""
    filters = {
        name: getattr(options, name) for name in ("status", "group", "subscription", "order", "cursor")
    }
    params = {name: value for name, value in filters.items() if value} | {"limit": options.limit}
    page = _parse_response(api.get("/failed", params=params))
    for message in page["items"]:
        _print(_line(message))
    if page["next"]:
        _print(f"more: failed list --cursor {page['next']}")
    return 0


def show(api: httpx2.Client, options: argparse.Namespace) -> int:
    """Print a message with its masked payload, and the dry run of a replay."""
    path = f"/failed/{options.id}"
    shown = {
        "message": _parse_response(api.get(path)),
        "payload": _parse_response(api.get(f"{path}/payload")),
        "dryRun": _parse_response(api.post(f"{path}/preflight", json={})),
    }
    text = shown["payload"].pop("text")
    _print(json.dumps(shown, indent=2, ensure_ascii=False))
    _print(text or _describe_non_json(shown["message"]))
    return 0


def replay(api: httpx2.Client, options: argparse.Namespace) -> int:
    """Replay a message, or a group with its count; return 1 where a replay fails."""
    if options.group:
        return _run_bulk(api, {"action": "replay", "group": options.group, "confirmed": options.count})
    message = _parse_response(api.post(f"/failed/{options.id}/replay", json={}))
    _print(_line(message))
    return 0 if message["status"] == "RESOLVED" else 1


def discard(api: httpx2.Client, options: argparse.Namespace) -> int:
    """Discard a message, or a group with its count."""
    reason = {"reason": options.reason}
    if options.group:
        request = {"action": "discard", "group": options.group, "confirmed": options.count}
        return _run_bulk(api, request | reason)
    _print(_line(_parse_response(api.post(f"/failed/{options.id}/discard", json=reason))))
    return 0


def _run_bulk(api: httpx2.Client, request: Mapping[str, Any]) -> int:
    operation = _parse_response(api.post("/runs", json=request))
    while operation["status"] == "RUNNING":
        operation = _parse_response(api.post(f"/runs/{operation['id']}/advance", json={"seconds": 5}))
        progress = f"{operation['done']} of {operation['total']}, {operation['skipped']} skipped"
        _print(f"{operation['status']:9} {progress}")
    if stop := operation["stop"]:
        _print(f"stopped at {stop['case']}: {stop['reason']} {stop['detail']}")
    return 0 if operation["status"] == "DONE" else 1


def _line(message: Mapping[str, Any]) -> str:
    reason = message["cause"]
    result = message["outcome"] or f"{reason['reason']} {reason['detail']}".strip()
    urgency = "!" if message["critical"] else " "
    order = message["orderId"] or "-"
    return f"{message['id']} {urgency} {message['status']:9} {message['subscription']} {order} {result}"


def _describe_non_json(message: Mapping[str, Any]) -> str:
    """Describe a payload that is not shown, because personal data cannot be found in it."""
    first, _, _ = message["cause"]["detail"].partition("; ")
    return f"(not JSON: {message['payloadBytes']} bytes, not shown{f'; {first}' if first else ''})"


def _parse_response(response: httpx2.Response) -> Any:
    if response.is_success:
        return response.json()
    try:
        error = response.json()
        raise CommandError(error.get("detail") or error.get("error"))
    except ValueError:
        raise CommandError(f"the console answered {response.status_code}") from None


def _print(text: str, stream: Any = None) -> None:
    """Print text with its control characters escaped: it comes from a producer."""
    visible = (each if each.isprintable() or each == "\n" else f"\\x{ord(each):02x}" for each in text)
    print("".join(visible), file=stream or sys.stdout)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="failed", description=__doc__)
    commands = parser.add_subparsers(required=True)
    listing = commands.add_parser("list", help="failed messages, newest first")
    listing.set_defaults(command=list_failed)
    listing.add_argument("--status", default="OPEN")
    listing.add_argument("--limit", type=int, default=50)
    for name in ("group", "subscription", "order", "cursor"):
        listing.add_argument(f"--{name}")
    showing = commands.add_parser("show", help="one message, its masked payload and its dry run")
    showing.set_defaults(command=show)
    showing.add_argument("id")
    replaying = commands.add_parser("replay", help="one message, or a group with its count")
    _add_target(replaying, replay)
    discarding = commands.add_parser("discard", help="one message, or a group with its count")
    _add_target(discarding, discard)
    discarding.add_argument("--reason", required=True)
    return parser


def _add_target(parser: argparse.ArgumentParser, command: Command) -> None:
    parser.set_defaults(command=command)
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("id", nargs="?")
    target.add_argument("--group")
    parser.add_argument("--count", type=int, help="the group's number of open messages")


if __name__ == "__main__":
    sys.exit(main())
