"""Who may do what comes to the table that says so, and to nothing more."""

import pytest

from tests.lab.stack import topology
from tests.terraform.account_table import Deployment, page_table, rows
from tests.terraform.grants import Grant, grants, iam
from tests.terraform.planned import Plan

FORBIDDEN = {"editor", "owner", "iam.serviceAccountTokenCreator", "iam.serviceAccountUser"}


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


def test_nobody_rules_the_project(given: set[Grant]) -> None:
    """No account may change everything in the project, or be any other account of it."""
    assert not {each.role for each in given if each.kind == "project"} & FORBIDDEN


def test_nothing_is_public(given: set[Grant]) -> None:
    """No grant is for everybody."""
    assert not {each.member for each in given} & {"allUsers", "allAuthenticatedUsers"}


def test_who_uses_the_key_does_not_manage_it(given: set[Grant]) -> None:
    """Functions only unwrap, custodians wrap, and who manages the key can do neither."""
    users = {each.member for each in given if each.kind == "key"}
    managers = {each.member for each in given if each.role == "cloudkms.admin"}
    assert managers
    assert not users & managers
    assert {
        each.role for each in given if each.kind == "key" and "/fn-" in each.member.replace(":", "/")
    } == {"cloudkms.cryptoKeyDecrypter"}


def test_administering_grants_is_limited(planned: Plan) -> None:
    """The pipeline grants, on the project, only what the functions and builds need."""
    (values,) = planned.of("google_project_iam_member.deployer_grants").values()
    (condition,) = values["condition"]
    assert "hasOnly" in condition["expression"]
    assert "projectIamAdmin" not in condition["expression"]
