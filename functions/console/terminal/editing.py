"""Edit a payload in the terminal: by an editor, or from a file."""

import os
import shlex
import subprocess
import sys
import tempfile
from argparse import Namespace
from pathlib import Path

from terminal.client import Api, CommandError, Exit
from terminal.output import dry_run_line, message_line, write_json, write_line


def edit(api: Api, options: Namespace) -> Exit:
    """Save an edited payload and print its difference and dry run; with --replay, replay it if it passes."""
    message_id = api.message_id(options.id)
    path = f"/failed/{message_id}"
    data = _read(options.file) if options.file else _edit_in_editor(api.post(f"{path}/unmask")["text"])
    saved = api.post(f"{path}/edits", data=data)
    check = api.post(f"{path}/preflight", data=data)
    replayed = None
    if options.replay and check["passes"]:
        replayed = api.post(f"{path}/replay", edit=saved["id"])
    if options.json:
        write_json({"edit": saved, "dryRun": check, "message": replayed})
    else:
        write_line(saved["difference"])
        write_line(dry_run_line(check))
        command = f"replay it: failed replay {message_id} --edit {saved['id']}"
        write_line(message_line(replayed) if replayed else command)
    if not options.replay:
        return Exit.OK
    return Exit.OK if replayed and replayed["status"] == "RESOLVED" else Exit.FAILED


def _read(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"--file: {type(error).__name__}", Exit.USAGE) from None


def _edit_in_editor(text: str) -> str:
    """Return a text after a person edited it; its file is readable by that person only, and is deleted."""
    if not sys.stdin.isatty():
        raise CommandError("--file: give the edited payload as a file, or - for standard input", Exit.USAGE)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "payload.json"
        file.write_text(text, encoding="utf-8")
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        try:
            ended = subprocess.run([*shlex.split(editor), str(file)], check=False).returncode  # noqa: S603
        except OSError:
            raise CommandError(f"no editor {editor}: set EDITOR", Exit.USAGE) from None
        edited = file.read_text(encoding="utf-8")
    if ended != 0:
        raise CommandError(f"the editor ended with status {ended}: nothing is saved", Exit.REFUSED)
    if edited == text:
        raise CommandError("the payload is unchanged: nothing is saved", Exit.REFUSED)
    return edited
