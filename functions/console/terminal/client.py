"""The console's API as the commands call it: answers as JSON, errors with an exit status."""

import asyncio
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any

import httpx2

STACK_ENVIRONMENT = Path(__file__).resolve().parents[3] / ".stack" / "env"
CALL_TIMEOUT_S = 90.0
"""Bounds a whole call: longer than the console waits for a function."""

HTTP_TIMEOUT = httpx2.Timeout(CALL_TIMEOUT_S)

MIN_PREFIX = 4
"""Characters of an id that a person may type instead of all 32."""

_ID = re.compile("[0-9a-f]{32}")
_PREFIX = re.compile(f"[0-9a-f]{{{MIN_PREFIX},32}}")


class Exit(IntEnum):
    """Exit status of a command."""

    OK = 0
    FAILED = 1
    """A replay failed, or a bulk operation stopped."""
    USAGE = 2
    """The command line is wrong."""
    NOT_FOUND = 3
    """No message, group or order has this id, or several have it."""
    REFUSED = 4
    """The console refused: closed already, another count, invalid input."""
    FORBIDDEN = 5
    """Not signed in, or the role does not allow it."""
    UNAVAILABLE = 6
    """The console did not answer, or failed."""


class CommandError(Exception):
    """A command failed; the text is for the terminal."""

    def __init__(self, text: str, code: Exit, problem: Mapping[str, Any] | None = None) -> None:
        """Hold the exit status, and the API's problem details where it sent some."""
        super().__init__(text)
        self.code = code
        self.problem = problem


def console_url(environ: Mapping[str, str] = os.environ, stack: Path = STACK_ENVIRONMENT) -> str:
    """Return the console's address; raise CommandError where none is known."""
    if url := environ.get("CONSOLE_URL"):
        return url.rstrip("/")
    lines = stack.read_text(encoding="utf-8").splitlines() if stack.exists() else []
    urls = [line.partition("=")[2] for line in lines if line.startswith("CONSOLE_URL=")]
    if not urls:
        text = "the console's address is unknown: start the local stack with `make up`, or set CONSOLE_URL"
        raise CommandError(text, Exit.UNAVAILABLE)
    return "".join(shlex.split(urls[0]))


class Api:
    """Calls of the console's API; every method raises CommandError."""

    def __init__(self, url: str, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        """Call the API at a URL, by default over the network."""
        self._url = url
        self._transport = transport
        self._tls = httpx2.create_ssl_context()  # once: it reads all certificates of the machine

    def get(self, path: str, **params: Any) -> Any:
        """Read; parameters without a value are left out."""
        given = {name: value for name, value in params.items() if value is not None}
        return self._call("GET", path, params=given)

    def post(self, path: str, **body: Any) -> Any:
        """Act; fields without a value are left out."""
        given = {name: value for name, value in body.items() if value is not None}
        return self._call("POST", path, json=given)

    def message_id(self, typed: str) -> str:
        """Return the whole id of a message by its beginning."""
        if _ID.fullmatch(typed):
            return typed
        _check_prefix(typed)
        return _require_one(typed, self.get(f"/ids/{typed}"), "message")

    def group(self, typed: str) -> Any:
        """Return a failure group with its count, by its id or the beginning of it."""
        if _ID.fullmatch(typed):
            return self.get(f"/groups/{typed}")
        _check_prefix(typed)
        found = {each["group"]["id"]: each for each in self.groups()}
        return found[_require_one(typed, [each for each in found if each.startswith(typed)], "group")]

    def groups(self) -> Iterator[Any]:
        """Yield all groups with open messages."""
        cursor = None
        while True:
            page = self.get("/groups", limit=200, cursor=cursor)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def _call(self, method: str, path: str, **content: Any) -> Any:
        try:
            response = asyncio.run(self._send(method, path, **content))
        except TimeoutError:
            text = f"the console does not answer within {CALL_TIMEOUT_S:.0f} seconds"
            raise CommandError(text, Exit.UNAVAILABLE) from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise CommandError(f"the console does not answer: {error}", Exit.UNAVAILABLE) from None
        if response.is_success:
            return response.json()
        raise _build_error(response)

    async def _send(self, method: str, path: str, **content: Any) -> httpx2.Response:
        http = httpx2.AsyncClient(
            base_url=self._url, timeout=HTTP_TIMEOUT, transport=self._transport, verify=self._tls
        )
        # httpx's own timeout begins again with each part of an answer.
        async with asyncio.timeout(CALL_TIMEOUT_S), http:
            return await http.request(method, path, **content)


def _check_prefix(typed: str) -> None:
    if not _PREFIX.fullmatch(typed):
        raise CommandError(
            f"id: give at least its first {MIN_PREFIX} characters; an id has only 0-9 and a-f", Exit.USAGE
        )


def _require_one(typed: str, found: list[str], kind: str) -> str:
    if not found:
        raise CommandError(f"{kind} {typed}: not found", Exit.NOT_FOUND)
    if len(found) > 1:
        raise CommandError(f"{kind} {typed}: several ids begin with this: {', '.join(found)}", Exit.NOT_FOUND)
    return found[0]


def _build_error(response: httpx2.Response) -> CommandError:
    try:
        problem = response.json()
        text = str(problem.get("detail") or problem["error"])
    except (ValueError, KeyError, AttributeError):
        problem, text = None, f"the console answered {response.status_code}"
    return CommandError(text, _exit_status(response.status_code), problem)


def _exit_status(status: int) -> Exit:
    if status in (401, 403):
        return Exit.FORBIDDEN
    if status == 404:
        return Exit.NOT_FOUND
    return Exit.UNAVAILABLE if status >= 500 else Exit.REFUSED
