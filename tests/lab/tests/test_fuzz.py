"""No payload, drawn from the contracts or grown by coverage, reveals a bug."""

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.contract import Contract
from tests.lab.fuzz.payloads import CONTRACTS, JSON, payloads
from tests.lab.fuzz.tally import count_drawn, count_grown, verdict
from tests.lab.fuzz.target import Target
from tests.lab.stack.paths import ROOT
from tests.unit.contracts.contract_fields import message_contracts

without_atheris = pytest.mark.skipif(
    find_spec("atheris") is None, reason="atheris has no wheel for this platform"
)


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """Yield all consumers, over stores in memory."""
    target = Target()
    yield target
    target.close()


def topics_of(target: Target, contract: type[Contract]) -> list[str]:
    """Return the topics of a contract's messages."""
    routes = target.routes.items()
    return sorted({topic for (topic, _), route in routes if route.contract.__name__ == contract.__name__})


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_payload_drawn_from_a_contract_is_answered(target: Target, data: st.DataObject) -> None:
    """Whatever the fields contain, the delivery has a known outcome, and its dead letter is complete."""
    contract = data.draw(CONTRACTS)
    payload = data.draw(payloads(contract))
    for topic in topics_of(target, contract):
        target.deliver_payload(topic, payload)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(topic=st.integers(0, 100), payload=st.binary() | JSON.map(str).map(str.encode))
def test_any_bytes_are_answered(target: Target, topic: int, payload: bytes) -> None:
    """Random bytes are rejected on every topic."""
    assert target.deliver_payload(target.topics[topic % len(target.topics)], payload) == 422


def test_every_contract_is_fuzzed(target: Target) -> None:
    """Every contract has a topic in the target."""
    assert all(topics_of(target, contract) for contract in message_contracts())


def run_fuzz(*words: str) -> tuple[int, str]:
    """Fuzz in another process; return the exit status and the last line."""
    command = [sys.executable, "-m", "tests.lab.fuzz", *words]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return run.returncode, (run.stdout.splitlines() or [run.stderr[-2000:]])[-1]


@without_atheris
def test_inputs_grown_by_coverage_are_answered() -> None:
    """A few seconds of coverage-guided fuzzing find no wrong answer."""
    status, output = run_fuzz("--seconds", "3")

    assert status == 0, output
    assert re.fullmatch(r"fuzz: [1-9][\d,]* inputs grown by coverage; 0 crashes", output)


@without_atheris
def test_a_seeded_bug_is_found() -> None:
    """A parser that fails for bytes that are not UTF-8 is found within a number of inputs."""
    status, output = run_fuzz(
        "--seconds", "60", "--runs", "20000", "--target", "tests.lab.fuzz.seeded:CarelessTarget"
    )
    found = re.fullmatch(r"fuzz: FAILED after [\d,]+ inputs grown by coverage; kept: (\S+/crash-\w+)", output)

    assert status == 1
    assert found, output
    kept = ROOT / found[1]
    with pytest.raises(UnicodeDecodeError):
        kept.read_bytes()[1:].decode()
    kept.unlink()


@pytest.mark.parametrize(
    ("output", "count"),
    [("#7\tNEW cov: 1\n#9\tDONE\nDone 12 runs in 3 second(s)\n", 12), ("#7\tNEW cov: 1\n", 7), ("", 0)],
)
def test_inputs_are_counted_from_the_output(output: str, count: int) -> None:
    """The last line counts, or the last step after an early end; no inputs at all is a failure."""
    assert count_grown(output) == count


def test_the_verdict_names_counts_and_crashes() -> None:
    """The verdict is one line for people, for every result."""
    counts = {"grown by coverage": 1234, "drawn from the contracts": 56}

    assert count_drawn("- 1 passing, 0 failing, and 0 invalid\n- 55 passing, 0 failing, and 9 invalid") == 56
    assert verdict(counts, status=0, crashes=[]) == (
        "fuzz: 1,234 inputs grown by coverage, 56 inputs drawn from the contracts; 0 crashes"
    )
    assert verdict(counts, status=1, crashes=[]).startswith("fuzz: FAILED after 1,234 inputs")
    assert verdict(counts, status=77, crashes=["a/crash-1"]).endswith("; kept: a/crash-1")
