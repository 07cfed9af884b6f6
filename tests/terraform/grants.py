"""Who may do what on which resource, one grant of a plan at a time."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.terraform.planned import Plan, Resource

# What each type of grant is on, and the argument that names it. A type that is not here is an error.
ON = {
    "google_artifact_registry_repository_iam_member": ("repository", "repository"),
    "google_bigquery_dataset_iam_member": ("dataset", "dataset_id"),
    "google_bigquery_table_iam_member": ("table", "table_id"),
    "google_cloud_run_v2_service_iam_member": ("service", "name"),
    "google_iap_web_backend_service_iam_member": ("way in", "web_backend_service"),
    "google_kms_crypto_key_iam_member": ("key", "crypto_key_id"),
    "google_project_iam_member": ("project", "project"),
    "google_pubsub_subscription_iam_member": ("subscription", "subscription"),
    "google_pubsub_topic_iam_member": ("topic", "topic"),
    "google_secret_manager_secret_iam_member": ("secret", "secret_id"),
    "google_service_account_iam_member": ("account", "service_account_id"),
    "google_storage_bucket_iam_member": ("bucket", "bucket"),
}
AGENTS = {
    "local.storage_agent": "Cloud Storage",
    'google_project_service_identity.agent["pubsub"]': "Pub/Sub",
    "google_project_service_identity.iap": "Identity-Aware Proxy",
}
AGENTS_BY_KEY = {
    "artifact_registry": "Artifact Registry",
    "functions": "Cloud Functions",
    "scheduler": "Cloud Scheduler",
}
"""The agents of google_project_iam_member.agent, by its keys."""


class Grant(NamedTuple):
    """One member, one role, one resource.

    Attributes:
        member: as IAM names it; a service's own account, known only once it is made, by the service's name.
        role: without what it is defined in.
        kind: of the resource.
        name: the resource's own, last part.
        condition: the title of the grant's condition; empty without one.
    """

    member: str
    role: str
    kind: str
    name: str
    condition: str


def iam(planned: Plan) -> Iterator[Resource]:
    """Iterate over everything in a plan that says who may do what."""
    return (
        each
        for each in planned
        if re.search(r"_iam_(?!custom_role$|member_remove$|audit_config$)", each.type)
    )


def grants(planned: Plan) -> Iterator[Grant]:
    """Yield every grant of a plan. Raises KeyError for a type of grant that is not known here."""
    for each in iam(planned):
        kind, argument = ON[each.type]
        conditions = [condition["title"] for condition in each.values.get("condition") or ()]
        yield Grant(
            _member(planned, each),
            each.values["role"].rpartition("/")[2],
            kind,
            _name(planned, each, kind, argument),
            "".join(conditions),
        )


def _name(planned: Plan, grant: Resource, kind: str, argument: str) -> str:
    """Name what a grant is on; of a topic that is only known once it is made, as the topic names itself."""
    if kind == "account":
        return _account(planned, grant)
    if argument in grant.values:
        return str(grant.values[argument]).rpartition("/")[2]
    refers = planned.refers(grant.block, argument)
    (block,) = refers & planned.blocks("google_pubsub_topic")
    names = {key: str(values["name"]) for key, values in planned.of(block).items()}
    indexes = re.findall(r'\["(.+?)"\]', " ".join(refers))
    (topic,) = names.keys() & {"", *indexes, *grant.key.split("/")}  # an index, a key's part, or the only one
    return names[topic]


def _member(planned: Plan, grant: Resource) -> str:
    if grant.block == "google_project_iam_member.agent":
        return AGENTS_BY_KEY[grant.key]
    agents = AGENTS.keys() & planned.refers(grant.block, "member")
    return AGENTS[agents.pop()] if agents else str(grant.values["member"])


def _account(planned: Plan, grant: Resource) -> str:
    """Name the account a grant is on; the account's own name is known only once it is made."""
    made = planned.of("google_service_account.function")
    named = {key: values["account_id"] for key, values in made.items()} | {"console": "fn-console"}
    if grant.key:
        return str(named.get(grant.key, grant.key))
    (block,) = planned.refers(grant.block, "service_account_id") & planned.blocks("google_service_account")
    return str(planned.of(block)[""]["account_id"])
