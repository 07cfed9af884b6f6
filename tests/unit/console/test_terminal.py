"""The commands of `failed`: what they print, how they find an id, and their exit status."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import httpx2
import pytest

import cli
from terminal.client import Api, CommandError, Exit

ID = "d545e82dc8605aa53e24f92fce996f4d"
MESSAGE = {
    "id": ID,
    "critical": True,
    "status": "OPEN",
    "subscription": "order-create-sub",
    "orderId": "QC-1",
    "outcome": None,
    "cause": {"reason": "contract.invalid", "detail": "\u202eorderId: is \x1b[31mmissing"},
}
GROUP = {
    "id": ID,
    "critical": True,
    "subscription": "order-create-sub",
    "reason": "order.totals_mismatch",
    "rule": "totals.total: must equal the sum",
    "source": "QC-SMF",
    "version": "1.4.0",
    "owner": "ann@x",
    "note": "waits for the shop",
    "ticket": "",
    "mutedUntil": None,
}
Answers = dict[str, tuple[int, Any]]


class Console(BaseHTTPRequestHandler):
    """A console with fixed answers by path; unknown paths are 404."""

    answers: ClassVar[Answers] = {}
    posted: ClassVar[list[Any]] = []

    def do_GET(self) -> None:
        """Answer from the table."""
        path = self.path.removeprefix("/api").partition("?")[0]
        status, body = self.answers.get(path, (404, {"error": "http.not_found", "detail": "Not Found"}))
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        """Answer an action from the same table."""
        self.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    """Run a console at CONSOLE_URL; yield its answers by path."""
    monkeypatch.setattr(Console, "answers", table := dict[str, tuple[int, Any]]())
    monkeypatch.setattr(Console, "posted", [])
    with ThreadingHTTPServer(("127.0.0.1", 0), Console) as server:
        # `shutdown` waits for the end of this poll, half a second by default.
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("CONSOLE_URL", f"http://127.0.0.1:{server.server_port}")
        yield table
        server.shutdown()


def problem(status: int, slug: str) -> tuple[int, Any]:
    """Return an answer as the API gives it for an error."""
    return status, {"error": slug, "detail": f"detail of {slug}", "status": status}


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ((200, {**MESSAGE, "status": "RESOLVED", "outcome": "processed"}), Exit.OK),
        ((200, MESSAGE), Exit.FAILED),
        (problem(404, "review.not_found"), Exit.NOT_FOUND),
        (problem(409, "replay.not_open"), Exit.REFUSED),
        (problem(422, "input.invalid"), Exit.REFUSED),
        (problem(401, "http.unauthorized"), Exit.FORBIDDEN),
        (problem(403, "http.forbidden"), Exit.FORBIDDEN),
        (problem(503, "store.unavailable"), Exit.UNAVAILABLE),
        ((502, "not from the console"), Exit.UNAVAILABLE),
    ],
)
def test_each_result_has_its_exit_status(answers: Answers, answer: tuple[int, Any], status: Exit) -> None:
    """A script distinguishes a failed replay, a refusal, a missing id and a silent console."""
    answers[f"/failed/{ID}/replay"] = answer
    assert cli.main(["replay", ID]) == status


def test_a_wrong_command_line_exits_with_2() -> None:
    """The status of the parser is not used for anything else."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["replay"])
    assert ended.value.code == Exit.USAGE


def test_text_of_a_producer_cannot_control_the_terminal(
    answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    """Escape sequences and direction marks are printed as escapes."""
    answers["/failed"] = (200, {"items": [MESSAGE], "next": None})
    assert cli.main(["list"]) == Exit.OK
    printed = capsys.readouterr().out
    assert printed.startswith(f"{ID} ! OPEN      order-create-sub QC-1 contract.invalid")
    assert "\\u202eorderId: is \\x1b[31mmissing" in printed


@pytest.mark.parametrize("arguments", [["list"], ["groups"], ["show", ID], ["replay", ID], ["show", "ffff"]])
def test_json_is_one_valid_document(
    answers: Answers, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """Every command prints one document with --json, also where it fails."""
    answers["/failed"] = answers["/groups"] = (200, {"items": [], "next": None})
    answers[f"/failed/{ID}"] = answers[f"/failed/{ID}/replay"] = (200, MESSAGE)
    answers[f"/failed/{ID}/payload"] = answers[f"/failed/{ID}/preflight"] = (200, {"text": "{}"})
    answers["/ids/ffff"] = (200, [])
    cli.main([*arguments, "--json"])
    printed = capsys.readouterr()
    assert isinstance(json.loads(printed.out), dict)
    assert printed.err == ""


def test_the_beginning_of_an_id_is_enough(answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
    """A unique beginning finds the message; an ambiguous one lists the candidates."""
    answers["/ids/d545"] = (200, [ID])
    answers["/ids/aaaa"] = (200, ["aaaa" + "0" * 28, "aaaa" + "1" * 28])
    answers[f"/failed/{ID}/discard"] = (200, MESSAGE)
    assert cli.main(["discard", "d545", "--reason", "twice"]) == Exit.OK
    assert cli.main(["discard", "aaaa", "--reason", "twice"]) == Exit.NOT_FOUND
    assert "aaaa" + "1" * 28 in capsys.readouterr().err


@pytest.mark.parametrize("typed", ["abc", "xyz1", "d545/../x", "D545"])
def test_what_cannot_begin_an_id_is_refused_before_a_call(typed: str) -> None:
    """A path never has other characters than those of an id."""

    def fail(_: httpx2.Request) -> httpx2.Response:
        raise AssertionError("called")

    with pytest.raises(CommandError) as refused:
        api(fail).message_id(typed)
    assert refused.value.code is Exit.USAGE


def test_a_group_is_replayed_until_its_operation_ends(
    answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    """The result is printed once, progress apart from it; without a count the number is named."""
    group = {"group": {"id": ID}, "open": 2, "exact": True}
    running = {"id": "1" * 32, "status": "RUNNING", "done": 0, "total": 2, "skipped": 0, "stop": None}
    answers[f"/groups/{ID}"] = (200, group)
    answers["/runs"] = (201, running)
    answers[f"/runs/{running['id']}/advance"] = (200, {**running, "status": "DONE", "done": 2})
    assert cli.main(["replay", "--group", ID, "--count", "2"]) == Exit.OK
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("DONE      2 of 2, 0 skipped\n",) * 2
    assert cli.main(["replay", "--group", ID]) == Exit.USAGE
    assert "confirm with --count 2" in capsys.readouterr().err


def test_a_group_is_one_line_with_its_rule_producer_and_owner(
    answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line says what the first page of the console says."""
    answers["/groups"] = (200, {"items": [{"group": GROUP, "open": 41, "exact": True}], "next": None})
    assert cli.main(["groups"]) == Exit.OK
    line = capsys.readouterr().out
    assert line.startswith(f"{ID} !     41 open  order-create-sub order.totals_mismatch totals.total: must")
    assert line.endswith("QC-SMF 1.4.0 (owner: ann@x)\n")


def test_a_handover_changes_only_what_is_given(answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
    """Owner, note and ticket stay where they are not given; an empty owner is no one."""
    summary = {"group": GROUP, "open": 2, "exact": True}
    answers[f"/groups/{ID}"] = answers[f"/groups/{ID}/handover"] = (200, summary)
    assert cli.main(["handover", ID, "--ticket", "https://t.example/7", "--mute", "4"]) == Exit.OK
    assert "note: waits for the shop" in capsys.readouterr().out.splitlines()
    assert cli.main(["handover", ID, "--owner", "", "--mute", "0"]) == Exit.OK
    kept = {"note": "waits for the shop"}
    assert Console.posted == [
        {**kept, "owner": "ann@x", "ticket": "https://t.example/7", "mute": 4},
        {**kept, "owner": "", "mute": 0},
    ]


def test_the_audit_log_is_one_line_for_each_action(
    answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who did what when, and the command for the next page."""
    record = {"at": "2026-11-20T10:00:00Z", "by": "ann@x", "action": "discarded", "kind": "message"}
    answers["/audit"] = (200, {"items": [{**record, "target": ID, "detail": "sent twice"}], "next": "abc"})
    assert cli.main(["audit", "--by", "ann@x", "--target", ID]) == Exit.OK
    assert capsys.readouterr().out.splitlines() == [
        f"2026-11-20T10:00:00Z ann@x discarded message {ID} sent twice",
        "more: failed audit --cursor abc",
    ]


def test_an_edit_from_a_file_is_replayed_only_if_it_passes(answers: Answers, tmp_path: Any) -> None:
    """`edit --replay` stops at a red dry run."""
    edit = {"id": "2" * 32, "difference": "-a\n+b"}
    check = {"passes": False, "outcome": "rejected", "reason": "r", "detail": "", "refusalDetail": ""}
    answers[f"/failed/{ID}/edits"] = (201, edit)
    answers[f"/failed/{ID}/preflight"] = (200, check)
    file = tmp_path / "payload.json"
    file.write_text("{}")
    assert cli.main(["edit", ID, "--file", str(file), "--replay"]) == Exit.FAILED
    answers[f"/failed/{ID}/preflight"] = (200, {**check, "passes": True})
    answers[f"/failed/{ID}/replay"] = (200, {**MESSAGE, "status": "RESOLVED"})
    assert cli.main(["edit", ID, "--file", str(file), "--replay"]) == Exit.OK
    assert cli.main(["edit", ID, "--file", str(tmp_path / "missing")]) == Exit.USAGE


def test_completion_knows_every_command_and_option(capsys: pytest.CaptureFixture[str]) -> None:
    """The script is made from the parser."""
    assert cli.main(["completion", "bash"]) == Exit.OK
    script = capsys.readouterr().out
    for word in ("groups", "edit", "reopen", "handover", "audit", "--mute", "--reason", "--json"):
        assert word in script


def api(answer: Callable[[httpx2.Request], httpx2.Response]) -> Api:
    """Return a client of an API that answers so."""
    return Api("http://console/api", httpx2.MockTransport(answer))
