"""Messages are grouped by their fault: reason, rule and producer."""

import pytest
from msgspec.structs import replace

from shared.contracts.dead_letter import FailureReason
from shared.digest import digest
from shared.failed_messages.documents import message_fields, read_message
from shared.failed_messages.group_identity import IRREGULAR_NAME, group_identity
from shared.failed_messages.reopening import reopen
from tests.unit.failed_messages.failed_messages import NOW, REASON, failed_message

PRODUCER = {"source": "QC-SMF", "version": "2.4.0"}
OUTAGE = FailureReason(error_type="transient", slug="store.unavailable", detail="Commit: no answer")


def test_each_part_of_the_fault_makes_a_group_of_its_own() -> None:
    """Subscription, reason, rule, source and version each split."""
    identities = {
        group_identity(subscription, replace(REASON, detail=rule), {"source": source, "version": version}).id
        for subscription in ("a-sub", "b-sub")
        for rule in ("totals.total: must equal", "totals.subTotal: must equal")
        for source in ("QC-SMF", "QC-POS")
        for version in ("1.0", "2.0")
    }
    assert len(identities) == 16


def test_a_rule_is_the_same_for_every_line_of_an_order() -> None:
    """The index of a list does not split; of several violations the first one counts."""
    details = ("lineItems.3.unitPrice: must be a number", "lineItems.17.unitPrice: must be a number; x: y")
    rules = {group_identity("a-sub", replace(REASON, detail=each), PRODUCER).rule for each in details}
    assert rules == {"lineItems[].unitPrice: must be a number"}


@pytest.mark.parametrize("name", ["<b>QC</b>", "\u202e1.0", "x" * 65, " QC", "a\nb"])
def test_no_producer_chooses_the_groups(name: str) -> None:
    """A name that is not short and plain is grouped with all others of its kind."""
    assert group_identity("a-sub", REASON, {"source": name}).source == IRREGULAR_NAME


def test_an_outage_is_one_group_whatever_was_sent() -> None:
    """The fault is the service's; the id is that of an earlier release."""
    identity = group_identity("a-sub", OUTAGE, PRODUCER)
    assert (identity.rule, identity.source, identity.version) == ("", "", "")
    assert identity.id == digest("failure", "a-sub", "transient", "store.unavailable")


def test_a_message_of_an_older_version_stays_in_its_group_until_it_fails_again() -> None:
    """Its stored group is shown; a new failure reason moves it to the group of its fault."""
    older = message_fields(failed_message()) | {"groupId": "old" * 10}
    for added in ("amount", "currency", "searchKeys"):
        del older[added]

    message = read_message("a" * 32, older)

    assert message.group_id == "old" * 10
    assert read_message("a" * 32, message_fields(message)).group_id == "old" * 10
    moved = reopen(message, REASON, NOW)
    assert moved.group_id == group_identity(message.subscription, REASON, message.attributes).id
