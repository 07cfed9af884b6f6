"""Any payload, drawn from the contracts or grown by coverage, is answered, and never as a bug."""

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.messages.contract import Contract
from tests.fuzz.payloads import CONTRACTS, JSON, payloads
from tests.fuzz.target import Target
from tests.stack.paths import ROOT
from tests.unit.contract_fields import message_contracts


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """Yield every consumer, over stores in memory."""
    target = Target()
    yield target
    target.close()


def topics_of(target: Target, contract: type[Contract]) -> list[str]:
    """Name the topics on which a contract's messages come."""
    routes = target.routes.items()
    return sorted({topic for (topic, _), route in routes if route.contract.__name__ == contract.__name__})


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_payload_drawn_from_a_contract_is_answered(target: Target, data: st.DataObject) -> None:
    """Whatever is in the fields, the delivery ends as one of the known outcomes, and is kept whole."""
    contract = data.draw(CONTRACTS)
    payload = data.draw(payloads(contract))
    for topic in topics_of(target, contract):
        target.payload(topic, payload)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(topic=st.integers(0, 100), payload=st.binary() | JSON.map(str).map(str.encode))
def test_any_bytes_are_answered(target: Target, topic: int, payload: bytes) -> None:
    """Bytes that nobody meant as a message are refused on every topic."""
    assert target.payload(target.topics[topic % len(target.topics)], payload) == 422


def test_every_contract_is_fuzzed(target: Target) -> None:
    """A contract that is added is delivered on some topic."""
    assert all(topics_of(target, contract) for contract in message_contracts())


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris has no wheel for this platform")
def test_inputs_grown_by_coverage_are_answered() -> None:
    """A few seconds of coverage-guided fuzzing find no input that is answered as a bug."""
    command = [sys.executable, "-m", "tests.fuzz", "--seconds", "3"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr[-2000:]
    done = re.search(r"Done (\d+) runs", run.stderr)
    assert done is not None
    assert int(done[1]) > 0
