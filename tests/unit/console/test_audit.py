"""The audit log as CSV, and what a handover stores."""

import csv
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pages.audit import CSV_COLUMNS, FORMULA_STARTS, MAX_CSV_ROWS, AuditQuery, audit_csv, to_csv
from shared.failed_messages.audit_log import AuditFilter, AuditRecord, message_records, new_record
from shared.failed_messages.model import AuditEntry, Page
from tests.unit.failed_messages.failed_messages import failed_message
from web.handover import HandoverFields

NOW = datetime(2026, 1, 1, 8, tzinfo=UTC)


@given(st.text())
def test_a_cell_is_never_a_formula(detail: str) -> None:
    """Whatever a person typed as a reason, a spreadsheet shows it as text; nothing else is changed."""
    record = new_record(at=NOW, by="ann@x", action="discarded", kind="message", target="m", detail=detail)
    head, row = csv.reader(StringIO(to_csv([record]), newline=""))
    cell = row[CSV_COLUMNS.index("detail")]
    assert tuple(head) == CSV_COLUMNS
    assert not cell.startswith(FORMULA_STARTS)
    assert cell.removeprefix("'") == detail.removeprefix("'") or cell == detail


def test_only_actions_of_people_are_recorded() -> None:
    """A change adds one record per new entry of a person; automatic entries are in the history alone."""
    old = AuditEntry(at=NOW, by="ann@x", action="edited", edit="e1")
    before = failed_message(history=(old,))
    after = before.with_entry(AuditEntry(at=NOW, by="system", action="replaying"))
    after = after.with_entry(AuditEntry(at=NOW, by="bob@x", action="discarded", detail="twice"))
    (record,) = message_records(before, after)
    assert (record.by, record.action, record.target, record.detail) == (
        "bob@x",
        "discarded",
        after.id,
        "twice",
    )
    assert list(message_records(after, after)) == []


def test_the_id_follows_from_the_record() -> None:
    """A commit that is sent again stores the same record."""
    one, same, other = (
        new_record(at=NOW, by=by, action="discarded", kind="message", target="m") for by in ("a", "a", "b")
    )
    assert one.id == same.id != other.id


@pytest.mark.parametrize(
    ("mute", "until"),
    [
        ("0", None),
        ("4", NOW + timedelta(hours=4)),
        ("", NOW + timedelta(days=1)),
        (4, NOW + timedelta(hours=4)),
    ],
)
def test_a_group_is_muted_for_a_time(mute: object, until: datetime | None) -> None:
    """A mute has an end, and another handover may keep it; a page sends text, a program a number."""
    fields = HandoverFields.model_validate({"owner": " ann@x ", "mute": mute})
    handover = fields.to_handover("bob@x", NOW + timedelta(days=1), NOW)
    assert (handover.owner, handover.muted_until) == ("ann@x", until)


@pytest.mark.parametrize(("fields", "owner"), [({}, "bob@x"), ({"owner": ""}, "")])
def test_a_handover_without_an_owner_is_taken_by_the_user(fields: dict[str, str], owner: str) -> None:
    """An absent owner is the signed-in user, an empty one is no one."""
    assert HandoverFields.model_validate(fields).to_handover("bob@x", None, NOW).owner == owner


@pytest.mark.parametrize("mute", [-1, 169, "a day"])
def test_a_mute_ends_within_a_week(mute: object) -> None:
    """No group is muted for ever."""
    with pytest.raises(ValidationError):
        HandoverFields.model_validate({"mute": mute})


@pytest.mark.parametrize("ticket", ["javascript:alert(1)", "data:text/html,x", "ticket 5", "https://"])
def test_a_ticket_is_an_address_that_runs_nothing(ticket: str) -> None:
    """Only web addresses become links."""
    with pytest.raises(ValidationError):
        HandoverFields(ticket=ticket)


def test_an_empty_filter_selects_everything() -> None:
    """A browser sends empty fields of a form."""
    query = AuditQuery.model_validate({"by": "", "action": "", "target": " ", "since": "", "until": ""})
    assert query.to_filter() == AuditQuery().to_filter()
    assert query.to_query_string() in ("", "target=+")


@pytest.mark.parametrize(
    ("following", "file"), [(None, "audit.csv"), ("older", f"audit-newest-{MAX_CSV_ROWS}.csv")]
)
async def test_the_name_of_a_file_says_where_older_records_are_missing(
    following: str | None, file: str
) -> None:
    """The names in the file and in the record of the download are different for a part and for the whole."""
    log = LongAuditLog(following)
    request = SimpleNamespace(app=SimpleNamespace(state=SimpleNamespace(clock=lambda: NOW)))
    downloaded = await audit_csv(
        cast("Any", request), cast("Any", SimpleNamespace(audit=log)), "ann@x", AuditQuery()
    )
    assert f'"{file}"' in downloaded.headers["Content-Disposition"]
    assert [each.target for each in log.written] == [file]


@dataclass
class LongAuditLog:
    """An audit log as long as a file, with or without older records."""

    following: str | None
    written: list[AuditRecord] = field(default_factory=list)
    served: int = 0

    async def page(self, _: AuditFilter, __: str | None, limit: int) -> Page[AuditRecord]:
        """Return a page; the last one of a file may have a next one."""
        record = new_record(at=NOW, by="ann@x", action="discarded", kind="message", target="m")
        self.served += limit
        return Page((record,) * limit, "next" if self.served < MAX_CSV_ROWS else self.following)

    async def write(self, record: AuditRecord) -> None:
        """Store a record."""
        self.written.append(record)
