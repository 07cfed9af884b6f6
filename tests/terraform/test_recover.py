"""The steps that restore the database call Google's programs as the runbook says, and may be repeated."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import hcl2
import pytest

from tests.lab.restore.recovery import STEPS
from tests.terraform.hcl import FOLDER
from tests.terraform.programs import Programs

SCRIPT = FOLDER / "recover.py"
RUNBOOK = (FOLDER / "runbooks" / "procedures" / "restore.md").read_text()
PLACE = "--project=p --format=json"
TIME = "2026-11-26T03:00:00Z"
SUBSCRIPTIONS = ["ship-events-sub", "order-create-sub"]
COPY = f"--database=orders-copy {PLACE}"


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    """Return a stand-in for gcloud: two subscriptions, three backups, one index."""
    programs = Programs(tmp_path, "gcloud")
    programs.answer(
        "subscriptions list",
        json.dumps([{"name": f"projects/p/subscriptions/{each}"} for each in SUBSCRIPTIONS]),
    )
    backups = [
        {"name": "older", "snapshotTime": "2026-11-25T02:00:00Z", "state": "READY"},
        {"name": "last", "snapshotTime": "2026-11-26T02:00:00.5Z", "state": "READY"},
        {"name": "unfinished", "snapshotTime": "2026-11-26T02:30:00Z", "state": "CREATING"},
        {"name": "later", "snapshotTime": "2026-11-26T04:00:00Z", "state": "READY"},
    ]
    programs.answer("backups list", json.dumps(backups))
    programs.answer("databases list", json.dumps([{"name": "projects/p/databases/(default)"}]), times=1)
    programs.answer("databases list", json.dumps([{"name": "projects/p/databases/orders-copy"}]))
    programs.answer("composite list", json.dumps([{"name": "index"}]))
    return programs


def changing(programs: Programs) -> list[str]:
    """Return the calls but those that only look."""
    return [each for each in programs.calls if " list" not in each]


def test_every_subscription_is_paused_and_keeps_its_messages(programs: Programs) -> None:
    """Without a push endpoint Pub/Sub delivers nothing and counts no attempts."""
    assert programs.run(SCRIPT, "pause", "--project=p").returncode == 0

    assert changing(programs) == [
        f"gcloud pubsub subscriptions modify-push-config {name} --push-endpoint= {PLACE}"
        for name in sorted(SUBSCRIPTIONS)
    ]


def test_the_last_backup_before_the_time_is_restored_without_its_indexes(programs: Programs) -> None:
    """The names of the newest ready backup and the copy are used; a second call restores nothing again."""
    programs.answer("operations list", json.dumps([{"done": True}]))
    step = ["restore", "--project=p", f"--time={TIME}", "--database=orders-copy"]
    done = programs.run(SCRIPT, *step)
    assert done.returncode == 0, done.stderr
    assert "2026-11-26T02:00:00.5Z" in done.stdout

    restored = (
        f"gcloud firestore databases restore --source-backup=last --destination-database=orders-copy {PLACE}"
    )
    deleted = f"gcloud firestore indexes composite delete index --database=orders-copy --quiet {PLACE}"
    assert changing(programs) == [restored, deleted]

    programs.run(SCRIPT, *step)
    assert changing(programs).count(restored) == 1


@pytest.mark.parametrize("time", [TIME, "2026-11-20T00:00:00Z"])
def test_a_restore_that_failed_or_has_no_backup_is_reported(programs: Programs, time: str) -> None:
    """The exit status says so, and no index is deleted."""
    programs.answer("operations list", json.dumps([{"done": True, "error": {"message": "quota"}}]))

    done = programs.run(SCRIPT, "restore", "--project=p", f"--time={time}", "--database=orders-copy")

    assert done.returncode == 1
    assert ("quota" if time == TIME else "no backup") in done.stderr
    assert not any("indexes" in each for each in changing(programs))


def test_every_subscription_is_sought_to_before_the_backup(programs: Programs) -> None:
    """A message that waited at the backup's time is older: a seek to that time would drop it."""
    assert programs.run(SCRIPT, "seek", "--project=p", f"--time={TIME}").returncode == 0

    assert changing(programs) == [
        f"gcloud pubsub subscriptions seek {name} --time=2026-11-26T02:00:00.000000Z {PLACE}"
        for name in sorted(SUBSCRIPTIONS)
    ]


def test_the_variables_name_copy_and_lost_period(programs: Programs) -> None:
    """They are Terraform's own syntax, and the period ends now."""
    started = datetime.now(UTC)
    done = programs.run(SCRIPT, "switch", "--project=p", f"--time={TIME}", "--database=orders-copy")

    values = hcl2.loads(done.stdout)
    assert values["database"].strip('"') == "orders-copy"
    restored = {name: str(value).strip('"') for name, value in values["restored"].items()}
    assert restored["to"] == "2026-11-26T03:00:00.000000Z"
    assert restored["min_order_version"] == "100000"
    assert started <= datetime.fromisoformat(restored["at"]) <= datetime.now(UTC)


def test_a_step_without_what_it_needs_is_refused(programs: Programs) -> None:
    """The error names the option, and nothing is called."""
    done = programs.run(SCRIPT, "seek", "--project=p")

    assert done.returncode == 2
    assert "seek needs --time" in done.stderr
    assert programs.calls == []


def test_the_runbook_takes_the_steps_of_the_drill_in_their_order() -> None:
    """`make restore` takes the steps that a person takes; Terraform's last apply resumes the deliveries."""
    taken = re.findall(r"(?m)^\$ python3 terraform/recover\.py (\w+)", RUNBOOK)
    assert [*taken, "resume"] == [*STEPS]
