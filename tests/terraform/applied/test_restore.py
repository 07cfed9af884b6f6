"""A restored database takes the place of the old one by the runbook's commands; nothing is deleted."""

import json
import re
import shlex

import pytest

from tests.terraform.applied.conftest import Applied
from tests.terraform.hcl import FOLDER
from tests.terraform.planned import Plan

pytestmark = pytest.mark.timeout(900)

DATABASE = "orders-20261126"
RUNBOOK = (FOLDER / "runbooks" / "procedures" / "restore.md").read_text()


def typed(program: str) -> list[list[str]]:
    """Return the runbook's calls of a program, as words."""
    joined = RUNBOOK.replace("\\\n", " ")
    lines = re.findall(rf"(?m)^\s*\$ ({program} .*)$", joined)
    return [shlex.split(line.replace("$database", DATABASE)) for line in lines]


def read(applied: Applied, address: str, **attributes: str) -> None:
    """Fill in what Google would answer for an imported resource; the stand-in for it knows the name alone."""
    file = applied.folder / "terraform.tfstate"
    state = json.loads(file.read_text())
    (resource,) = (each for each in state["resources"] if f"{each['type']}.{each['name']}" == address)
    resource["instances"][0]["attributes"] |= attributes
    file.write_text(json.dumps(state))


def test_a_restored_database_takes_the_place_of_the_old_one(protected: Applied) -> None:
    """Terraform lets go of the old database, takes the new one, and plans no loss."""
    for words in typed("terraform"):
        match words:
            case ["terraform", "-chdir=terraform", "state", "rm", *addresses]:
                protected.must(".", "state", "rm", *addresses)
            case ["terraform", "-chdir=terraform", "import", *rest]:
                address, name = rest[-2:]
                given = [*protected.files, f"-var=database={DATABASE}", "-input=false", "-lock=false"]
                protected.must(".", "import", *given, address, name.replace("$PROJECT", "order-events-prod"))
                read(protected, address, location_id="asia-southeast1", type="FIRESTORE_NATIVE")
    code, output = protected.plan(f"-var=database={DATABASE}", "-out=plan")
    assert code == 0, output
    plan = Plan(json.loads(protected.must(".", "show", "-json", "plan")))

    kinds = {address.partition(".")[0] for address in plan.deleted}
    assert kinds == {"google_project_iam_member", "time_sleep"}
    assert plan.deleted == plan.replaced
    (database,) = plan.of("google_firestore_database.orders").values()
    assert database["name"] == DATABASE
    for values in plan.of("google_cloudfunctions2_function.function").values():
        assert values["service_config"][0]["environment_variables"]["FIRESTORE_DATABASE"] == DATABASE
    (condition,) = next(iter(plan.of("google_project_iam_member.store").values()))["condition"]
    assert condition["expression"].endswith(f'databases/{DATABASE}"')


def test_terraform_lets_go_of_all_that_lies_in_the_database() -> None:
    """The runbook lists all that names the database, so that no index of the old one is deleted."""
    text = (FOLDER / "firestore.tf").read_text()
    blocks = re.findall(r'(?ms)^resource "(\w+)" "(\w+)" \{(.*?)^\}', text)
    within = {
        f"{kind}.{name}" for kind, name, body in blocks if "database" in body or kind.endswith("_release")
    }
    within -= {"google_firebaserules_ruleset.deny_all"}
    (removed,) = ({*words[4:]} for words in typed("terraform") if words[2:4] == ["state", "rm"])
    assert removed == within
