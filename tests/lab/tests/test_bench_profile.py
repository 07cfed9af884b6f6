"""A profile attributes its samples to the parts of a message's way."""

import pytest

from tests.lab.bench.profile import OTHER, shares

OUTER = "run (gunicorn/arbiter.py:9);run_asgi (uvicorn/impl.py:1);process (shared/consumer/processor.py:2)"


@pytest.mark.parametrize(
    ("frames", "part"),
    [
        ("", "processor"),
        (";Contract.parse (shared/contracts/contract.py:1);model_validate (pydantic/main.py:2)", "contract"),
        (";fill_fields (shared/gcp/firestore/values.py:3)", "documents"),
        (
            ";commit (shared/gcp/firestore/rpc.py:4);fill (shared/gcp/firestore/writes.py:5)",
            "documents",
        ),
        (";commit (shared/gcp/firestore/rpc.py:4);_invoke (grpc/aio/_call.py:5)", "calls"),
        (";encrypt (shared/privacy/encryption.py:4);encrypt (tink/aead.py:5)", "encryption"),
    ],
)
def test_a_sample_counts_for_the_innermost_part(frames: str, part: str) -> None:
    """A library's time counts for the part that called it."""
    assert shares([f"{OUTER}{frames} 7"]) == {part: 1.0}


def test_only_the_event_loop_counts() -> None:
    """Threads that wait for the network are not counted; unknown frames count as "the rest"."""
    folded = [f"{OUTER} 3", "run (elsewhere.py:1) 1", "Thread.run (threading.py:1);poll (cygrpc.py:2) 96"]

    assert shares(folded) == {"processor": 0.75, OTHER: 0.25}
