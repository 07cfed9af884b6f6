"""A plan holds the topology, with the grants that make it work."""

from collections import Counter
from pathlib import Path

from shared.consumer.idempotency import CLAIM_RETENTION, FAILURE_RETENTION
from tests.lab.stack import topology
from tests.terraform.planned import Plan
from tests.terraform.sources import archive_texts

TOPOLOGY = topology.load()
DAY = 24 * 3600
REVIEW_DAYS = 30


def test_topics_are_those_of_the_topology(planned: Plan) -> None:
    """Every topic, dead-letter topics among them, stays in its region for as long as the topology says."""
    assert {
        name: (values["message_retention_duration"], values["message_storage_policy"])
        for name, values in planned.of("google_pubsub_topic.topic").items()
    } == {
        name: (
            f"{topic.retention_seconds}s",
            [{"allowed_persistence_regions": ["asia-southeast1"], "enforce_in_transit": None}],
        )
        for name, topic in TOPOLOGY.all_topics.items()
    }


def test_subscriptions_are_those_of_the_topology(planned: Plan) -> None:
    """Every subscription's filter, order, deadline, backoff, attempts and retention are the topology's."""
    assert {
        name: (
            values["filter"] or "",
            values["enable_message_ordering"],
            values["ack_deadline_seconds"],
            values["message_retention_duration"],
            values["retry_policy"],
            values["expiration_policy"],
            [each["max_delivery_attempts"] for each in values["dead_letter_policy"]],
        )
        for name, values in planned.of("google_pubsub_subscription.subscription").items()
    } == {
        name: (
            each.filter,
            each.ordering,
            each.ack_deadline_seconds,
            f"{each.retention_seconds}s",
            [
                {
                    "minimum_backoff": f"{each.minimum_backoff_seconds}s",
                    "maximum_backoff": f"{each.maximum_backoff_seconds}s",
                }
            ],
            [{"ttl": ""}],
            [each.max_delivery_attempts] if each.dead_letter_topic else [],
        )
        for name, each in TOPOLOGY.all_subscriptions.items()
    }


def test_pushes_carry_the_push_accounts_token(planned: Plan) -> None:
    """Every subscription pushes as one account, which alone calls the functions, or a proxy for it."""
    subscriptions = planned.of("google_pubsub_subscription.subscription")
    pushers = {
        token["service_account_email"]
        for values in subscriptions.values()
        for push in values["push_config"]
        for token in push["oidc_token"]
    }
    (pusher,) = pushers
    callers = planned.of("google_cloud_run_v2_service_iam_member.push")
    proxy = planned.variables["push_proxy"]
    caller = proxy["account"] if proxy else pusher
    assert {values["member"] for values in callers.values()} == {f"serviceAccount:{caller}"}
    assert callers.keys() == TOPOLOGY.functions.keys()


def test_every_consumed_topic_has_one_dead_letter_topic_with_a_reader_and_both_grants(planned: Plan) -> None:
    """Without either grant Pub/Sub does not dead-letter; without a subscription what it forwards is lost."""
    consumed = {each.topic for each in TOPOLOGY.subscriptions.values()}
    dead_letter_topics = {f"{topic}-dlq" for topic in consumed}
    readers = Counter(each.topic for each in TOPOLOGY.dead_letter_subscriptions.values())
    forwards = planned.of("google_pubsub_topic_iam_member.dead_letter")
    takes = planned.of("google_pubsub_subscription_iam_member.dead_letter")

    assert {values["topic"] for values in forwards.values()} == dead_letter_topics
    assert readers == dict.fromkeys(dead_letter_topics, 1)
    assert {values["subscription"] for values in takes.values()} == TOPOLOGY.subscriptions.keys()
    assert {values["role"] for values in forwards.values()} == {"roles/pubsub.publisher"}
    assert {values["role"] for values in takes.values()} == {"roles/pubsub.subscriber"}
    for block in ("google_pubsub_topic_iam_member", "google_pubsub_subscription_iam_member"):
        assert "google_project_service_identity.agent" in planned.refers(f"{block}.dead_letter", "member")


def test_functions_are_those_of_the_topology(planned: Plan) -> None:
    """Memory, processor, concurrency, instances and time of every function come from the topology."""
    functions = planned.of("google_cloudfunctions2_function.function")
    configs = {name: values["service_config"][0] for name, values in functions.items()}
    assert {
        name: (
            config["available_memory"],
            float(config["available_cpu"]),
            config["max_instance_request_concurrency"],
            config["min_instance_count"],
            config["max_instance_count"],
            config["timeout_seconds"],
        )
        for name, config in configs.items()
    } == {
        name: (
            each.memory,
            each.cpu,
            each.concurrency,
            each.min_instances if planned.variables["keep_warm"] else 0,
            min(each.max_instances, planned.variables["max_instances"] or each.max_instances),
            each.timeout_seconds,
        )
        for name, each in TOPOLOGY.functions.items()
    }
    assert {config["ingress_settings"] for config in configs.values()} == {"ALLOW_INTERNAL_ONLY"}
    assert len({config["service_account_email"] for config in configs.values()}) == len(configs)


def test_no_function_outlives_its_subscriptions_ack_deadline(planned: Plan) -> None:
    """A request has ended before its message is delivered again."""
    functions = planned.of("google_cloudfunctions2_function.function")
    subscriptions = planned.of("google_pubsub_subscription.subscription")
    for name, values in subscriptions.items():
        function = TOPOLOGY.all_subscriptions[name].function
        timeout = functions[function]["service_config"][0]["timeout_seconds"]
        assert timeout <= values["ack_deadline_seconds"], name


def test_claims_outlive_every_way_back(planned: Plan) -> None:
    """A claim expires only when its message can no longer return: kept, dead-lettered, reviewed, replayed."""
    subscriptions = planned.of("google_pubsub_subscription.subscription").values()
    sources = planned.of("google_pubsub_topic.topic").values()
    seconds = [
        int(each["message_retention_duration"].removesuffix("s")) for each in (*subscriptions, *sources)
    ]
    source = max(each.retention_seconds for each in TOPOLOGY.subscriptions.values())
    dead_letter = max(each.retention_seconds for each in TOPOLOGY.dead_letter_subscriptions.values())

    assert max(seconds) == dead_letter
    assert CLAIM_RETENTION.total_seconds() >= source + dead_letter + REVIEW_DAYS * DAY
    assert FAILURE_RETENTION.total_seconds() >= source + dead_letter


def test_archives_hold_the_functions_sources(planned: Plan, planned_root: Path) -> None:
    """The archive of each function has exactly its files, unchanged."""
    for function in TOPOLOGY.functions:
        archive = planned.read(f'data.archive_file.function["{function}"]')
        texts = {each["filename"]: each["content"] for each in archive["source"]}
        assert texts == archive_texts(function, planned_root)
