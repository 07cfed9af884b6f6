"""Where analytics is switched on, events get into BigQuery without personal data."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest

from shared.privacy.field_kinds import FieldKind, field_kind
from tests.lab.contracts.table_schema import WITHHELD
from tests.terraform.analytics.warehouse import SCHEMA, VIEWS
from tests.terraform.grants import grants
from tests.terraform.planned import Plan

SUBSCRIPTION = "order-events-bigquery-sub"
DEAD_LETTER_TOPIC = "order-events-bigquery-dlq"


@pytest.fixture
def analysed(planned: Plan) -> Plan:
    """Return the plan where analytics is switched on."""
    if planned.variables["analytics"] is None:
        pytest.skip("this environment has no analytics")
    return planned


def names(columns: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the name of every column, at any depth."""
    for each in columns:
        yield each["name"]
        yield from names(each.get("fields", []))


def only(planned: Plan, block: str) -> Mapping[str, Any]:
    """Return the values of a block with one instance."""
    (values,) = planned.of(block).values()
    return values


def test_without_the_option_there_is_nothing(planned: Plan) -> None:
    """No dataset, subscription, topic, grant or API is planned."""
    about = {each.block for each in planned if "bigquery" in each.block or "analytics" in each.block} | {
        each.key for each in planned if each.key == "bigquery.googleapis.com"
    }
    assert bool(about) is (planned.variables["analytics"] is not None)


def test_the_subscription_writes_into_the_table(analysed: Plan) -> None:
    """It writes by the table's schema and drops other fields; metadata would have the ordering key."""
    subscription = only(analysed, "google_pubsub_subscription.analytics")
    table = only(analysed, "google_bigquery_table.events")
    (config,) = subscription["bigquery_config"]

    assert subscription["name"] == SUBSCRIPTION
    assert config["table"] == f"{analysed.variables['project_id']}.{table['dataset_id']}.{table['table_id']}"
    assert (config["use_table_schema"], config["drop_unknown_fields"]) == (True, True)
    assert not config["write_metadata"]
    assert not config["use_topic_schema"]
    assert "google_pubsub_topic.topic" in " ".join(
        analysed.refers("google_pubsub_subscription.analytics", "topic")
    )


def test_what_the_table_refuses_is_kept(analysed: Plan) -> None:
    """It is forwarded after five attempts, to a topic with a reader that holds it for 31 days."""
    subscription = only(analysed, "google_pubsub_subscription.analytics")
    topic = only(analysed, "google_pubsub_topic.analytics_dead_letter")
    reader = only(analysed, "google_pubsub_subscription.analytics_dead_letter")
    (policy,) = subscription["dead_letter_policy"]

    assert policy["max_delivery_attempts"] == 5
    assert (topic["name"], reader["message_retention_duration"]) == (DEAD_LETTER_TOPIC, "2678400s")
    assert topic["message_storage_policy"][0]["allowed_persistence_regions"] == ["asia-southeast1"]
    assert "google_pubsub_topic.analytics_dead_letter" in " ".join(
        analysed.refers("google_pubsub_subscription.analytics_dead_letter", "topic")
    )


def test_pubsub_may_do_what_it_takes(analysed: Plan) -> None:
    """It reads the schema, writes rows, forwards what is refused and takes it off the subscription."""
    given = {(each.role, each.kind, each.name) for each in grants(analysed) if each.member == "Pub/Sub"}
    assert given >= {
        ("bigquery.dataEditor", "table", "order_events"),
        ("bigquery.metadataViewer", "table", "order_events"),
        ("pubsub.publisher", "topic", DEAD_LETTER_TOPIC),
        ("pubsub.subscriber", "subscription", SUBSCRIPTION),
    }


def test_the_table_has_no_personal_column(analysed: Plan) -> None:
    """Its schema is the one that the contracts give, in the region of the orders."""
    schema = json.loads(only(analysed, "google_bigquery_table.events")["schema"])
    dataset = only(analysed, "google_bigquery_dataset.analytics")

    columns = set(names(schema))
    assert columns == set(names(SCHEMA))
    assert not columns & WITHHELD
    assert not [each for each in columns if field_kind(each) is FieldKind.PERSONAL]
    assert dataset["location"] == analysed.variables["region"]


def test_every_view_reads_this_project_s_dataset(analysed: Plan) -> None:
    """Each SQL file is a view, and no placeholder is left in it."""
    views = {key: values["view"][0] for key, values in analysed.of("google_bigquery_table.view").items()}
    base = only(analysed, "google_bigquery_table.distinct_events")["view"][0]
    dataset = f"{analysed.variables['project_id']}.order_analytics"

    assert views.keys() == VIEWS.keys()
    for view in (*views.values(), base):
        read = set(re.findall(r"`([^`]+)`", view["query"]))
        assert read <= {f"{dataset}.distinct_events", f"{dataset}.order_events"}
        assert read
        assert not view["use_legacy_sql"]
        assert "${" not in view["query"]
