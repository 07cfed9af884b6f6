"""Documents expire, and have the indexes their queries need and no others."""

import re

from shared.consumer.entity_documents import COLLECTIONS as ENTITIES
from shared.gcp.firestore.query import Op
from shared.maintenance.stored_documents import customer_selection
from shared.privacy.customer_keys import CUSTOMER_COLLECTIONS, CUSTOMER_KEYS
from shared.privacy.encryption import Cipher
from shared.privacy.keysets import new_keyset
from tests.lab.stack.paths import ROOT
from tests.terraform.hcl import FOLDER, blocks, local
from tests.terraform.queries import all_selections, indexes

SHARED = {file: file.read_text() for file in (ROOT / "shared").rglob("*.py")}
CODE = {
    file: text
    for file, text in SHARED.items()
    if "shared.gcp.firestore" in text or "firestore" in file.parent.name
}
"""The modules that name documents or ask for them."""


async def test_indexes_are_those_that_queries_need() -> None:
    """Every query is served and no index is kept for none: the emulator would run them all without."""
    needed = {index for selection in await all_selections() for index in indexes(selection)}
    single = {(collection, fields[0][0]) for collection, fields in needed if len(fields) == 1}
    composite = {(collection, fields) for collection, fields in needed if len(fields) > 1}

    indexed = {name: entry["indexed"] for name, entry in local("collections").items()}
    assert {(name, field) for name, fields in indexed.items() for field in fields} == single
    assert {
        (entry["collection"], tuple(map(tuple, entry["fields"])))
        for entry in local("composite_indexes").values()
    } == composite


def test_every_search_for_a_customer_has_an_index() -> None:
    """The index is for lists, and for the scope of each search: one collection or a group of them."""
    cipher = Cipher(new_keyset())
    asked = [customer_selection(collection, ["CUST-1"], cipher) for collection in CUSTOMER_COLLECTIONS]
    (indexed,) = (
        each.body for each in blocks("resource") if each.name == "google_firestore_field.customer_keys"
    )

    assert {(path, op) for each in asked for path, op, _ in each.where} == {(CUSTOMER_KEYS, Op.CONTAINS_ANY)}
    assert {
        each.collection: "COLLECTION_GROUP" if each.collection_group else "COLLECTION" for each in asked
    } == local("customer_keys")
    (index,) = indexed["index_config"][0]["indexes"]
    assert (indexed["field"], index["array_config"], index["query_scope"]) == (
        CUSTOMER_KEYS,
        "CONTAINS",
        "${each.value}",
    )


def test_all_queries_are_known() -> None:
    """Queries are made in these modules only, so none escapes the comparison with the indexes."""
    assert {file.name for file, text in CODE.items() if re.search(r"\bSelection\(", text)} == {
        "access_denials.py",
        "bulk_operation_store.py",
        "audit_log.py",
        "customer_searches.py",
        "deadline_sweep.py",
        "edits.py",
        "failure_groups.py",
        "orders.py",  # by `customerKeys`
        "selections.py",
        "waiting_list_query.py",
        "stored_documents.py",  # by document id, or by `customerKeys`, which has an index
        "typed_texts.py",  # by document id
    }
    assert not [
        file for file, text in SHARED.items() if re.search(r"\bSelection\(", text) and file not in CODE
    ]


def test_every_collection_is_known() -> None:
    """Each collection the code writes has its indexing decided."""
    patterns = (r'f"(\w+)/\{', r'f"\{\w+\}/(\w+)/', r'COLLECTION = "(\w+)"', r'f"\w+/\{\w+\}/(\w+)/')
    named = {name for text in CODE.values() for pattern in patterns for name in re.findall(pattern, text)}
    above = {"projects", "databases"}
    assert named | set(ENTITIES.values()) == local("collections").keys() | above


def test_what_expires_has_a_time_to_live() -> None:
    """Each collection of documents with an `expireAt` has a policy that deletes them."""
    writers = {file.name for file, text in CODE.items() if '"expireAt"' in text}
    assert writers == {
        "claim_documents.py",
        "delivery_failures.py",
        "access_denials.py",
        "customer_searches.py",
        "audit_log.py",
        "notifications.py",
        "chunks.py",
    }
    assert {name for name, entry in local("collections").items() if entry["expires"]} == {
        "processed_messages",
        "delivery_failures",
        "nack_slots",
        "denied_attempts",
        "notifications",
        "audit_log",
        "customer_searches",
        "pages",
    }


def test_clients_are_denied_everything() -> None:
    """The rules for clients that are not functions allow nothing."""
    allowed = re.findall(r"allow .*", (FOLDER / "firestore.rules").read_text())
    assert allowed == ["allow read, write: if false;"]
