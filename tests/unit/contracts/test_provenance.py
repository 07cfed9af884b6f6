"""The attributes `source` and `version`: optional, and checked where they say something."""

import pytest

from shared.contracts.order_create import OrderCreate
from shared.contracts.provenance import check_source, check_version, to_loggable_name
from shared.errors import MessageError, Outcome, UnknownSource, UnknownVersion
from tests import messages
from tests.unit.consumer.processors import Bench

KNOWN = [{}, {"version": ""}, *({"version": text} for text in ("1", "1.0", "1.7", " 1.0 ", "v1.0", "1.0.3"))]
UNKNOWN = ["2.0", "2", "0.9", "10.0", "latest", "one", "1x", "-1", "1" * 400]


@pytest.mark.parametrize("attributes", KNOWN, ids=str)
def test_every_minor_version_is_known(attributes: dict[str, str]) -> None:
    """A message of the contract's major version passes, and so does one that names no version."""
    check_version(attributes, "1.0")


@pytest.mark.parametrize("version", UNKNOWN)
def test_another_major_version_is_rejected(version: str) -> None:
    """Its fields may mean other things; the error says what is known and repeats nothing."""
    with pytest.raises(UnknownVersion) as refused:
        check_version({"version": version}, "1.0")
    assert str(refused.value) == "attributes.version: must be 1.x, as the contract is"


@pytest.mark.parametrize("source", ["", "QC-SMF", " QC-SMF "])
def test_a_listed_source_passes(source: str) -> None:
    """So does a message that names no source."""
    check_source({"source": source}, ["QC-SMF"])
    check_source({}, ["QC-SMF"])


def test_a_source_is_free_where_none_is_listed() -> None:
    """A topic without producers in the topology takes messages of every source."""
    check_source({"source": "ANYONE"}, ())


def test_an_unlisted_source_is_rejected() -> None:
    """The error names the attribute, not the value."""
    with pytest.raises(UnknownSource, match=r"^attributes\.source: must be one of the topic's producers$"):
        check_source({"source": "ANYONE"}, ["QC-SMF", "SLICK"])


@pytest.mark.parametrize(
    ("value", "logged"),
    [("QC-SMF", "QC-SMF"), ("1.0", "1.0"), (None, ""), ("", ""), ("a b", ""), ("ก", ""), ("x" * 65, "")],
)
def test_only_short_names_are_logged(value: str | None, logged: str) -> None:
    """A producer may write anything into an attribute; a log line has no room for it."""
    assert to_loggable_name(value) == logged


async def test_a_payload_of_an_unknown_version_is_not_judged() -> None:
    """The version is rejected before the payload: today's contract says nothing about it."""
    bench = Bench()

    with pytest.raises(MessageError) as refused:
        await bench.process({"anything": "else"}, attributes={"version": "2.0"})

    assert (refused.value.slug, refused.value.outcome) == ("contract.unknown_version", Outcome.REJECTED)
    assert await bench.process(messages.order(), attributes={"version": "1.1"}) == Outcome.PROCESSED
    assert OrderCreate.contract_version == "1.0"
