"""Who may do what comes to the table that says so, and to nothing more."""

import re
from collections.abc import Iterator

from tests.terraform.hcl import FOLDER
from tests.terraform.planned import Plan, Resource

# What each type of grant is on, as the table calls it.
ON = {
    "google_artifact_registry_repository_iam_member": "repository",
    "google_cloud_run_v2_service_iam_member": "service",
    "google_iap_web_backend_service_iam_member": "way in",
    "google_kms_crypto_key_iam_member": "key",
    "google_project_iam_member": "project",
    "google_pubsub_subscription_iam_member": "subscription",
    "google_pubsub_topic_iam_member": "topic",
    "google_secret_manager_secret_iam_member": "secret",
    "google_service_account_iam_member": "account",
    "google_storage_bucket_iam_member": "bucket",
}
AGENTS = {
    "google_cloud_run_v2_service_iam_member.iap": "Identity-Aware Proxy",
    "google_kms_crypto_key_iam_member.secret_manager": "Secret Manager",
    "google_pubsub_subscription_iam_member.dead_letter": "Pub/Sub",
    "google_pubsub_topic_iam_member.dead_letter": "Pub/Sub",
    "google_service_account_iam_member.push_tokens": "Pub/Sub",
}
OWN = ("fn-console", "retry-schedule", "pubsub-push", "function-build", "checker", "deployer")
OTHERS = {
    "google_iap_web_backend_service_iam_member.reviewer": "a reviewer",
    "google_pubsub_topic_iam_member.publisher": "a publisher",
}
OPTIONAL = {"a publisher", "a reviewer", "Identity-Aware Proxy", "the mounted key's account"}
FORBIDDEN = {
    "roles/editor",
    "roles/owner",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountUser",
}
Grant = tuple[str, str, str]


def grants(planned: Plan) -> Iterator[Resource]:
    """Iterate over all grants of the plan."""
    return (each for each in planned if re.search(r"_iam_(member|binding|policy)$", each.type))


def account(grant: Resource) -> str:
    """Return whom a grant is for, as the table calls it."""
    if grant.block in AGENTS:  # their names are known only after they are made
        return AGENTS[grant.block]
    name = grant.values["member"].removeprefix("serviceAccount:").partition("@")[0]
    if name in OWN:
        return f"`{name}`"
    if name.startswith("fn-"):
        return "`fn-<function>`"
    return OTHERS.get(grant.block, "the mounted key's account")


def _short(role: str) -> str:
    return role.removeprefix("roles/").rpartition("/")[2]


def table() -> Iterator[Grant]:
    """Yield account, role and what it is on of each row of the page's table."""
    page = (FOLDER / "README.md").read_text()
    (rows,) = re.findall(r"(?s)<!-- accounts:[^\n]*\n(.*?)<!-- /accounts -->", page)
    for row in rows.splitlines()[2:]:
        who, role, on, why = (cell.strip() for cell in row.strip("|").split("|"))
        assert why, row
        yield who, role.strip("`"), on


def test_the_table_has_every_grant_and_no_other(planned: Plan) -> None:
    """Each row of the table is a grant of the plan, and each grant of the plan has a row."""
    given = {(account(each), _short(each.values["role"]), ON[each.type]) for each in grants(planned)}
    written = set(table())
    assert given <= written
    assert {row for row in written - given if row[0] not in OPTIONAL} == set()


def test_nobody_rules_the_project(planned: Plan) -> None:
    """No account may change everything in the project, or be any other account of it."""
    on_project = {each.values["role"] for each in grants(planned) if each.type == "google_project_iam_member"}
    assert not on_project & FORBIDDEN


def test_nothing_is_public(planned: Plan) -> None:
    """No grant is for everybody."""
    members = {each.values.get("member") for each in grants(planned)}
    assert not members & {"allUsers", "allAuthenticatedUsers"}


def test_roles_are_those_of_the_requirements(planned: Plan) -> None:
    """Publishing and subscribing take the permissions of requirements 9.2; acknowledging is consuming."""
    role = "google_project_iam_custom_role"
    (publisher,) = planned.of(f"{role}.publisher").values()
    (subscriber,) = planned.of(f"{role}.subscriber").values()
    assert set(publisher["permissions"]) == {"pubsub.topics.publish", "pubsub.topics.get"}
    assert set(subscriber["permissions"]) == {"pubsub.subscriptions.consume", "pubsub.subscriptions.get"}


def test_administering_grants_is_limited(planned: Plan) -> None:
    """The pipeline grants, on the project, only what the functions and builds need."""
    (values,) = planned.of("google_project_iam_member.deployer_grants").values()
    (condition,) = values["condition"]
    assert "hasOnly" in condition["expression"]
    assert "projectIamAdmin" not in condition["expression"]
