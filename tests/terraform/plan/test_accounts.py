"""The grants of a plan are those of the page's table, and no others."""

import re

import pytest

from tests.lab.stack import topology
from tests.terraform.account_table import Deployment, page_table, rows
from tests.terraform.grants import Grant, grants, iam
from tests.terraform.planned import Plan

# Granted on the project, each of these roles lets an account give itself any other role.
FORBIDDEN = {
    "cloudkms.admin",
    "editor",
    "iam.roleAdmin",
    "iam.securityAdmin",
    "iam.serviceAccountAdmin",
    "iam.serviceAccountKeyAdmin",
    "iam.serviceAccountTokenCreator",
    "iam.serviceAccountUser",
    "owner",
    "resourcemanager.projectIamAdmin",
    "secretmanager.admin",
    "serviceusage.serviceUsageAdmin",
    "storage.admin",
}
PIPELINE = ("checker", "planner", "deployer")


@pytest.fixture(scope="session")
def given(planned: Plan) -> set[Grant]:
    """Return every grant of the plan."""
    return set(grants(planned))


@pytest.fixture(scope="session")
def deployment(planned: Plan) -> Deployment:
    """Return what the table's words mean in the plan."""
    return Deployment(topology.load(), planned.variables)


def test_the_table_is_every_grant_and_no_other(given: set[Grant], deployment: Deployment) -> None:
    """Member, role, resource and condition of each grant follow from a row, and what follows is granted."""
    written = {grant for row in rows() if deployment.active(row) for grant in deployment.grants(row)}
    assert given == written


def test_no_row_is_idle(deployment: Deployment) -> None:
    """Each row says why, and without it some grant would be missing: the comparison needs all of them."""
    came = {row: set(deployment.grants(row)) for row in rows() if deployment.active(row)}
    for row, comes in came.items():
        assert row.why, row
        assert comes - set().union(*(others for other, others in came.items() if other != row)), row


def test_every_grant_adds_to_what_others_gave(planned: Plan, given: set[Grant]) -> None:
    """No resource says who *alone* holds a role, none is a policy, and none grants twice."""
    assert {each.type.rpartition("_")[2] for each in iam(planned)} == {"member"}
    assert len(list(iam(planned))) == len(given)


def test_roles_of_its_own_are_those_of_the_page(planned: Plan) -> None:
    """Each role that the project defines has the permissions the page lists, and no others."""
    defined = [each.values for each in planned if each.type == "google_project_iam_custom_role"]
    assert {each["role_id"]: sorted(each["permissions"]) for each in defined} == {
        role.strip("`"): sorted(permission.strip(" `") for permission in permissions.split(","))
        for role, permissions, _ in page_table("roles")
    }


def test_publishing_and_subscribing_are_those_of_the_requirements(planned: Plan) -> None:
    """They take the permissions of requirements 9.2; acknowledging is consuming."""
    role = "google_project_iam_custom_role"
    (publisher,) = planned.of(f"{role}.publisher").values()
    (subscriber,) = planned.of(f"{role}.subscriber").values()
    assert set(publisher["permissions"]) == {"pubsub.topics.publish", "pubsub.topics.get"}
    assert set(subscriber["permissions"]) == {"pubsub.subscriptions.consume", "pubsub.subscriptions.get"}


def test_no_account_rules_the_project(given: set[Grant]) -> None:
    """No account may change everything in the project, widen its own rights, or be any other account."""
    assert not {each.role for each in given if each.kind == "project"} & FORBIDDEN


def test_no_role_of_its_own_grants_anything(planned: Plan) -> None:
    """A role with `setIamPolicy` on accounts, keys or the project would make its holder an editor."""
    for role in (each.values for each in planned if each.type == "google_project_iam_custom_role"):
        assert not [each for each in role["permissions"] if each.endswith((".setIamPolicy", ".actAs"))]


def test_default_accounts_are_no_editors(planned: Plan) -> None:
    """Google makes them editors when it enables an API: the grant is taken away, after the APIs are there."""
    block = "google_project_iam_member_remove.default_editor"
    assert {key: values["role"] for key, values in planned.of(block).items()} == {
        "app_engine": "roles/editor",
        "compute": "roles/editor",
    }
    (app_engine,) = (each["member"] for key, each in planned.of(block).items() if key == "app_engine")
    project = planned.variables["project_id"]
    assert app_engine == f"serviceAccount:{project}@appspot.gserviceaccount.com"


def test_the_pipeline_is_split(given: set[Grant]) -> None:
    """Tests read the state, plans create objects below plans/, and only the deployer writes anything else."""
    writes = {
        account: {
            (each.role, each.condition)
            for each in given
            if f":{account}@" in each.member and not re.search("[vV]iewer|[rR]eader|[rR]eviewer", each.role)
        }
        for account in PIPELINE
    }
    assert writes["checker"] == {("logging.logWriter", "")}
    assert writes["planner"] == {
        ("logging.logWriter", ""),
        ("orderEventsPlanner", ""),
        ("serviceusage.serviceUsageConsumer", ""),  # uses quota, changes nothing
        ("storage.objectCreator", "saved_plans"),
    }
    assert not any(each.role == "iam.serviceAccountUser" for each in given if ":deployer@" not in each.member)


def test_the_planner_creates_nothing_outside_of_plans(planned: Plan) -> None:
    """Its one right to write ends at a folder, and its own role only reads."""
    (values,) = planned.of("google_storage_bucket_iam_member.planner_plans").values()
    (condition,) = values["condition"]
    state = planned.variables["state_bucket"]
    below = f"projects/_/buckets/{state}/objects/plans/"
    assert condition["expression"] == f'resource.name.startsWith("{below}")'
    (role,) = planned.of("google_project_iam_custom_role.planner").values()
    assert all(each.endswith((".get", ".list", ".getMetadata")) for each in role["permissions"])


def test_the_planner_sees_every_bucket_that_is_compared(planned: Plan, given: set[Grant]) -> None:
    """Cloud Storage shows a bucket's notifications to who may get the bucket: else a plan ends in 403."""
    compared = {
        str(each.values.get("bucket", each.values.get("name")))
        for each in planned
        if each.type in ("google_storage_bucket", "google_storage_notification")
    }
    readers = {
        each.name
        for each in given
        if each.role == "storage.legacyBucketReader" and ":planner@" in each.member
    }
    assert compared
    assert compared <= readers


def test_nothing_is_public(given: set[Grant]) -> None:
    """No grant is for all users."""
    assert not {each.member for each in given} & {"allUsers", "allAuthenticatedUsers"}


def test_who_uses_the_key_does_not_manage_it(given: set[Grant]) -> None:
    """Functions only unwrap, custodians wrap, and no account may change who does."""
    users = {each.member for each in given if each.kind == "key"}
    assert not {member for member in users if member.partition(":")[2].partition("@")[0] in PIPELINE}
    assert {
        each.role for each in given if each.kind == "key" and "/fn-" in each.member.replace(":", "/")
    } == {"cloudkms.cryptoKeyDecrypter"}
