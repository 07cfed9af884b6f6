"""What the commands print: lines for people, or one JSON document for programs."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TextIO

AUDIT_COLUMNS = ("at", "by", "action", "kind", "target", "detail")


def write_line(text: str, stream: TextIO | None = None) -> None:
    """Print text with its control characters escaped: it comes from a producer."""
    print("".join(map(_escape_unprintable, text)), file=stream or sys.stdout)


def write_json(document: Any) -> None:
    """Print one JSON document, in ASCII: escapes keep it harmless for a terminal."""
    write_line(json.dumps(document, indent=2))


def write_progress(text: str) -> None:
    """Print a line about work in progress, apart from the result."""
    write_line(text, sys.stderr)


def write_lines(lines: Iterable[str]) -> None:
    """Print lines."""
    for each in lines:
        write_line(each)


def message_line(message: Mapping[str, Any]) -> str:
    """Describe a failed message in one line."""
    reason = message["cause"]
    result = message["outcome"] or f"{reason['reason']} {reason['detail']}".strip()
    urgency = "!" if message["critical"] else " "
    order = message["orderId"] or "-"
    return f"{message['id']} {urgency} {message['status']:9} {message['subscription']} {order} {result}"


def write_page(
    page: Mapping[str, Any], line: Callable[[Mapping[str, Any]], str], command: str, *, as_json: bool
) -> None:
    """Print a page of a list: one line for each item, and the command for the next page."""
    if as_json:
        write_json(page)
        return
    write_lines(map(line, page["items"]))
    if page["next"]:
        write_line(f"more: failed {command} --cursor {page['next']}")


def group_line(summary: Mapping[str, Any]) -> str:
    """Describe a failure group in one line."""
    group = summary["group"]
    urgency = "!" if group["critical"] else " "
    count = f"{summary['open']}{'' if summary['exact'] else '+'}"
    owner = f"(owner: {group['owner']})" if group["owner"] else ""
    facts = (group["subscription"], group["reason"], group["rule"], group["source"], group["version"], owner)
    return f"{group['id']} {urgency} {count:>6} open  {' '.join(filter(None, facts))}"


def handover_lines(group: Mapping[str, Any]) -> Iterator[str]:
    """Describe who works on a failure group, one line for each thing that is set."""
    titles = {"owner": "owner", "note": "note", "ticket": "ticket", "mutedUntil": "muted until"}
    return (f"{title}: {group[name]}" for name, title in titles.items() if group[name])


def audit_line(record: Mapping[str, Any]) -> str:
    """Describe one action of a person in one line."""
    return " ".join(filter(None, (record[name] for name in AUDIT_COLUMNS)))


def operation_line(operation: Mapping[str, Any]) -> str:
    """Describe the progress of a bulk operation in one line."""
    progress = f"{operation['done']} of {operation['total']}, {operation['skipped']} skipped"
    return f"{operation['status']:9} {progress}"


def payload_text(message: Mapping[str, Any], payload: Mapping[str, Any]) -> str:
    """Return the masked payload, or why it is not shown."""
    if payload["text"]:
        return str(payload["text"])
    first, _, _ = message["cause"]["detail"].partition("; ")
    return f"(not JSON: {message['payloadBytes']} bytes, not shown{f'; {first}' if first else ''})"


def dry_run_line(check: Mapping[str, Any]) -> str:
    """Describe a dry run in one line."""
    verdict = "would succeed" if check["passes"] else "would fail"
    why = " ".join(part for part in (check["reason"], check["detail"], check["refusalDetail"]) if part)
    return f"dry run: a replay {verdict} ({check['outcome']}{f': {why}' if why else ''})"


def _escape_unprintable(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    number = ord(character)
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"
