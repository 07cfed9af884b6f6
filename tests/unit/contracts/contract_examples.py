"""Every contract's example, and the refusal of what breaks a contract."""

import pytest

from shared.contracts.contract import Contract
from shared.errors import ContractViolation
from tests.examples import SUPPLIED, Example, example
from tests.lab.contracts.examples import FIXTURES
from tests.unit.contracts.contract_faults import NAIVE, SECRET


def example_of(contract: type[Contract]) -> Example:
    """Read a contract's example, published at three in the afternoon."""
    found = example(FIXTURES[contract])
    return Example({"timestamp": "2024-01-10T15:00:00Z", **SUPPLIED, **found.attributes}, found.data)


def violation(contract: type[Contract], payload: bytes, attributes: dict[str, str]) -> str:
    """Parse what must be refused; return the error's text, which holds nothing of the payload."""
    with pytest.raises(ContractViolation) as refused:
        contract.parse(payload, attributes)
    text = str(refused.value)
    assert SECRET not in text
    assert NAIVE not in text
    assert "Value error" not in text
    assert len(text) < 2_000
    return text
