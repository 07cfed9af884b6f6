"""Commands for working together: hand a group over, reopen a message, see who did what."""

from argparse import Namespace

from terminal.client import Api, Exit
from terminal.output import (
    audit_line,
    group_line,
    handover_lines,
    message_line,
    write_json,
    write_line,
    write_lines,
    write_page,
)


def hand_over(api: Api, options: Namespace) -> Exit:
    """Store who works on a group; what is not given stays. A group without an owner becomes yours."""
    group = api.group(options.group)["group"]
    kept = {name: group[name] for name in ("owner", "note", "ticket") if group[name]}
    given = {name: getattr(options, name) for name in ("owner", "note", "ticket", "mute")}
    changed = {name: value for name, value in given.items() if value is not None}
    summary = api.post(f"/groups/{group['id']}/handover", **kept | changed)
    if options.json:
        write_json(summary)
        return Exit.OK
    write_line(group_line(summary))
    write_lines(handover_lines(summary["group"]))
    return Exit.OK


def reopen(api: Api, options: Namespace) -> Exit:
    """Open a discarded message again, with a reason."""
    message = api.post(f"/failed/{api.message_id(options.id)}/reopen", reason=options.reason)
    if options.json:
        write_json(message)
    else:
        write_line(message_line(message))
    return Exit.OK


def list_audit(api: Api, options: Namespace) -> Exit:
    """Print who did what when, the newest first, and the command for the next page."""
    names = ("by", "action", "target", "since", "until", "cursor", "limit")
    page = api.get("/audit", **{name: getattr(options, name) for name in names})
    write_page(page, audit_line, "audit", as_json=options.json)
    return Exit.OK
