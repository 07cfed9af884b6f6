"""The env file of a running stack, for other programs; it exists only while every part answers."""

import contextlib
import http.client
import os
import shlex
import urllib.parse
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.lab.stack.errors import StackError


def read(path: Path) -> dict[str, str]:
    """Return the variables of an env file; none if there is no file."""
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("=", 1) for line in lines if line)
    return {name: "".join(shlex.split(value)) for name, value in pairs}


def refuse_second(path: Path) -> None:
    """Raise StackError if the file belongs to a running stack; the file of a killed stack is accepted."""
    url = read(path).get("STACK_CONTROL_URL")
    if url and _answers(url):
        raise StackError(f"a stack already runs ({path}): stop it, or choose another --env-file")


@contextlib.contextmanager
def written(path: Path, variables: Mapping[str, str]) -> Iterator[None]:
    """Write the file atomically, in a shell's KEY=VALUE lines; delete it when the context ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in variables.items()]
    draft.write_text("".join(lines), encoding="utf-8")
    draft.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _answers(url: str) -> bool:
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=2)
    try:
        connection.request("GET", "/relay")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
