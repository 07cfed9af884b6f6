"""Review failed messages on a terminal: `failed list | show | replay | discard`, by the console's API.

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
TIMEOUT = 90.0
"""Seconds: longer than the console waits for a function."""

Command = Callable[[httpx2.Client, argparse.Namespace], int]


class Failure(Exception):
    """Why a command could not be carried out, for the terminal."""


def main(words: Sequence[str] | None = None) -> int:
    """Carry out one command; return the exit status: 0, or 1 where it was refused or failed again."""
    options = _parser().parse_args(words)
    command: Command = options.command
    try:
        with httpx2.Client(base_url=f"{console_url()}/api", timeout=TIMEOUT) as api:
            return command(api, options)
    except (Failure, httpx2.HTTPError) as failure:
        _say(f"failed: {failure}", sys.stderr)
        return 1


def console_url(environ: Mapping[str, str] = os.environ, stack: Path = STACK_ENVIRONMENT) -> str:
    """Find the console; raise Failure where nobody says where it is."""
    if url := environ.get("CONSOLE_URL"):
        return url.rstrip("/")
    lines = stack.read_text(encoding="utf-8").splitlines() if stack.exists() else []
    told = [line.partition("=")[2] for line in lines if line.startswith("CONSOLE_URL=")]
    if not told:
        raise Failure("no console: start the local stack with `make up`, or set CONSOLE_URL")
    return "".join(shlex.split(told[0]))


def list_failed(api: httpx2.Client, options: argparse.Namespace) -> int:
    """Print one line for each failed message, newest first, and how to see the next page."""
    asked = {name: getattr(options, name) for name in ("status", "group", "subscription", "order", "cursor")}
    params = {name: value for name, value in asked.items() if value} | {"limit": options.limit}
    page = _told(api.get("/failed", params=params))
    for case in page["items"]:
        _say(_line(case))
    if page["next"]:
        _say(f"more: failed list --cursor {page['next']}")
    return 0


def show(api: httpx2.Client, options: argparse.Namespace) -> int:
    """Print a case with its masked payload, and what a replay would come to."""
    path = f"/failed/{options.id}"
    shown = {
        "case": _told(api.get(path)),
        "payload": _told(api.get(f"{path}/payload")),
        "preflight": _told(api.post(f"{path}/preflight", json={})),
    }
    text = shown["payload"].pop("text")
    _say(json.dumps(shown, indent=2, ensure_ascii=False))
    _say(text or _not_json(shown["case"]))
    return 0


def replay(api: httpx2.Client, options: argparse.Namespace) -> int:
    """Replay a message, or a group once its count is typed; fail where one fails again."""
    if options.group:
        return _run(api, {"action": "replay", "group": options.group, "confirmed": options.count})
    case = _told(api.post(f"/failed/{options.id}/replay", json={}))
    _say(_line(case))
    return 0 if case["status"] == "RESOLVED" else 1


def discard(api: httpx2.Client, options: argparse.Namespace) -> int:
    """Discard a message, or a group once its count is typed."""
    reason = {"reason": options.reason}
    if options.group:
        return _run(api, {"action": "discard", "group": options.group, "confirmed": options.count, **reason})
    _say(_line(_told(api.post(f"/failed/{options.id}/discard", json=reason))))
    return 0


def _run(api: httpx2.Client, wish: Mapping[str, Any]) -> int:
    run = _told(api.post("/runs", json=wish))
    while run["status"] == "RUNNING":
        run = _told(api.post(f"/runs/{run['id']}/advance", json={"seconds": 5}))
        _say(f"{run['status']:9} {run['done']} of {run['total']}, {run['skipped']} passed over")
    if run["stop"]:
        _say(f"stopped at {run['stop']['case']}: {run['stop']['reason']} {run['stop']['detail']}")
    return 0 if run["status"] == "DONE" else 1


def _line(case: Mapping[str, Any]) -> str:
    cause = case["cause"]
    told = case["outcome"] or f"{cause['reason']} {cause['detail']}".strip()
    urgency = "!" if case["critical"] else " "
    order = case["orderId"] or "-"
    return f"{case['id']} {urgency} {case['status']:9} {case['subscription']} {order} {told}"


def _not_json(case: Mapping[str, Any]) -> str:
    """Say what can be said of a payload in which nobody knows what is personal."""
    first, _, _ = case["cause"]["detail"].partition("; ")
    return f"(not JSON: {case['payloadBytes']} bytes, not shown{f'; {first}' if first else ''})"


def _told(response: httpx2.Response) -> Any:
    if response.is_success:
        return response.json()
    try:
        told = response.json()
        raise Failure(told.get("detail") or told.get("error"))
    except ValueError:
        raise Failure(f"the console answered {response.status_code}") from None


def _say(text: str, stream: Any = None) -> None:
    """Print, with what would steer the terminal made visible: the text is a producer's."""
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
    showing = commands.add_parser("show", help="one message, its masked payload and its pre-flight")
    showing.set_defaults(command=show)
    showing.add_argument("id")
    replaying = commands.add_parser("replay", help="one message, or a group with its count")
    _one_or_group(replaying, replay)
    discarding = commands.add_parser("discard", help="one message, or a group with its count")
    _one_or_group(discarding, discard)
    discarding.add_argument("--reason", required=True)
    return parser


def _one_or_group(parser: argparse.ArgumentParser, command: Command) -> None:
    parser.set_defaults(command=command)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?")
    which.add_argument("--group")
    parser.add_argument("--count", type=int, help="how many open messages the group has")


if __name__ == "__main__":
    sys.exit(main())
