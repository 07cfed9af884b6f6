"""The planned database has the indexes that the code's queries need: the emulator runs them all without."""

from collections.abc import Iterator
from typing import Any

from tests.terraform.planned import Plan
from tests.terraform.queries import all_selections, indexes

FIELD, COMPOSITE = "google_firestore_field", "google_firestore_index.composite"


def planned_indexes(planned: Plan, block: str) -> Iterator[tuple[str, str, Any]]:
    """Yield collection, field and each index of the planned fields of a block."""
    for values in planned.of(f"{FIELD}.{block}").values():
        (config,) = values["index_config"]
        yield from ((values["collection"], values["field"], each) for each in config["indexes"])


async def test_each_query_has_its_index(planned: Plan) -> None:
    """One field is indexed in both directions; several have a composite index with the query's directions."""
    needed = {index for selection in await all_selections() for index in indexes(selection)}
    single = {(collection, fields[0][0]) for collection, fields in needed if len(fields) == 1}
    found = {(name, field, each["order"]) for name, field, each in planned_indexes(planned, "indexed")}
    assert found == {(*each, order) for each in single for order in ("ASCENDING", "DESCENDING")}

    composite = {
        (values["collection"], tuple((each["field_path"], each["order"]) for each in values["fields"]))
        for values in planned.of(COMPOSITE).values()
    }
    assert composite == {(collection, fields) for collection, fields in needed if len(fields) > 1}


def test_searches_in_lists_have_their_indexes(planned: Plan) -> None:
    """A message is found by each of its ids and customers, an edit below any message."""
    found = {
        (name, field, each["array_config"], each["query_scope"])
        for block in ("search_keys", "customer_keys")
        for name, field, each in planned_indexes(planned, block)
    }
    assert found == {
        ("failed_messages", "searchKeys", "CONTAINS", "COLLECTION"),
        ("failed_messages", "customerKeys", "CONTAINS", "COLLECTION"),
        ("orders", "customerKeys", "CONTAINS", "COLLECTION"),
        ("processed_messages", "customerKeys", "CONTAINS", "COLLECTION"),
        ("edits", "customerKeys", "CONTAINS", "COLLECTION_GROUP"),
    }


def test_nothing_else_is_indexed(planned: Plan) -> None:
    """Every collection has the rule that its fields are not indexed."""
    unindexed = planned.of(f"{FIELD}.unindexed")
    others = [values for block in ("indexed", "expiry") for values in planned.of(f"{FIELD}.{block}").values()]
    assert {values["collection"] for values in others} <= unindexed.keys()
    assert {values["field"] for values in unindexed.values()} == {"*"}
    assert list(planned_indexes(planned, "unindexed")) == []
