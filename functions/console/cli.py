"""Review failed messages in a terminal, by the console's API.

The console's address is CONSOLE_URL, or that of the running local stack. An id may be shortened to its
first four characters or more. Exit status: 0 done, 1 a replay failed, 2 wrong command line, 3 not found,
4 refused, 5 not allowed, 6 no answer.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from terminal import commands, completion, editing, teamwork
from terminal.client import Api, CommandError, Exit, console_url
from terminal.output import write_json, write_line

Command = Callable[[Api, argparse.Namespace], Exit]
AddCommand = Callable[[str, Command, str], argparse.ArgumentParser]
REASON_HELP = "stored as you type it: no customer id, name, address or phone number"
INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    try:
        status = _run(_parser().parse_args(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has what it wanted. Python flushes again at exit, which must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def _run(options: argparse.Namespace) -> Exit:
    command: Command = options.command
    try:
        address = "" if command is completion.complete and options.shell != "ids" else console_url()
        return command(Api(f"{address}/api"), options)
    except CommandError as error:
        if options.json:
            write_json(error.problem or {"error": error.code.name.lower(), "detail": str(error)})
        else:
            write_line(f"failed: {error}", sys.stderr)
        return error.code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="failed", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(json=False, parser=parser)
    adding = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        added = adding.add_parser(name, help=text, description=command.__doc__)
        added.set_defaults(command=command)
        added.add_argument("--json", action="store_true", help="print one JSON document")
        return added

    _add_views(add)
    _add_actions(add)
    _add_handover(add)
    completing = add("completion", completion.complete, "a script for your shell")
    completing.add_argument("shell", choices=("bash", "zsh", "ids"))
    return parser


def _add_views(add: AddCommand) -> None:
    add("groups", commands.list_groups, "failure groups with open messages")
    listing = add("list", commands.list_failed, "failed messages, newest first")
    listing.add_argument("--status", default="OPEN", help="one status, or '' for any")
    _add_page(listing, "group", "subscription", "order")
    add("show", commands.show, "one message, its masked payload and its dry run").add_argument("id")
    auditing = add("audit", teamwork.list_audit, "who did what when, newest first")
    _add_page(auditing, "by", "action", "target", "since", "until")


def _add_actions(add: AddCommand) -> None:
    replaying = add("replay", commands.replay, "one message, or a group with its count")
    _add_target(replaying)
    replaying.add_argument("--edit", help="the id of a saved edit to replay instead of the original")
    discarding = add("discard", commands.discard, "one message, or a group with its count")
    _add_target(discarding)
    discarding.add_argument("--reason", required=True, help=REASON_HELP)
    reopening = add("reopen", teamwork.reopen, "a discarded message")
    reopening.add_argument("id")
    reopening.add_argument("--reason", required=True, help=REASON_HELP)
    changing = add("edit", editing.edit, "a payload, in your EDITOR or from a file")
    changing.add_argument("id")
    changing.add_argument("--file", help="the edited payload; - reads standard input")
    changing.add_argument("--replay", action="store_true", help="replay the edit if its dry run passes")


def _add_handover(add: AddCommand) -> None:
    handing = add("handover", teamwork.hand_over, "a group: owner, note, ticket, mute")
    handing.add_argument("group")
    handing.add_argument("--owner", help="who works on it; '' for no one")
    handing.add_argument("--note", help=f"for the next person; {REASON_HELP}")
    handing.add_argument("--ticket", help="its address: https://...")
    handing.add_argument("--mute", type=int, metavar="HOURS", help="no notifications for so long; 0 ends it")


def _add_page(parser: argparse.ArgumentParser, *filters: str) -> None:
    parser.add_argument("--limit", type=int, default=50)
    for name in (*filters, "cursor"):
        parser.add_argument(f"--{name}")


def _add_target(parser: argparse.ArgumentParser) -> None:
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("id", nargs="?")
    target.add_argument("--group")
    parser.add_argument("--count", type=int, help="the group's number of open messages")


if __name__ == "__main__":
    sys.exit(main())
