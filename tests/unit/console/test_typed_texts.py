"""What a person types is taken as the page promises, and as the store can keep it."""

import pytest
from pydantic import BaseModel, ValidationError

from api.bulk_operations import StartBody
from api.failed_messages import DiscardBody, EditBody
from api.repairs import StepBody
from pages.bulk_operations import StartForm
from shared.failed_messages.transitions import MAX_REASON_LENGTH
from web.handover import HandoverFields
from web.typed_texts import MAX_NOTE_LENGTH

ONE = {"confirmed": 1, "group": "0" * 32}
TYPED: list[tuple[type[BaseModel], str, int, dict[str, object]]] = [
    (DiscardBody, "reason", MAX_REASON_LENGTH, {}),
    (StartBody, "reason", MAX_REASON_LENGTH, ONE),
    (StartForm, "reason", MAX_REASON_LENGTH, {"action": "discard"}),
    (HandoverFields, "note", MAX_NOTE_LENGTH, {}),
]


@pytest.mark.parametrize(("model", "field", "length", "more"), TYPED)
def test_a_line_break_counts_once(
    model: type[BaseModel], field: str, length: int, more: dict[str, object]
) -> None:
    """A browser counts so, and sends two characters: what fills its field is taken whole."""
    lines = "\r\n" * 10 + "x" * (length - 10)
    assert len(getattr(model.model_validate({field: lines, **more}), field)) == length
    with pytest.raises(ValidationError):
        model.model_validate({field: lines + "x", **more})


@pytest.mark.parametrize(
    ("model", "field", "more"),
    [
        *((model, field, more) for model, field, _, more in TYPED),
        (HandoverFields, "owner", {}),
        (HandoverFields, "ticket", {}),
        (EditBody, "data", {}),
        (StepBody, "path", {"kind": "set"}),
        (StepBody, "value", {"kind": "set"}),
    ],
)
def test_half_of_a_surrogate_pair_is_refused(
    model: type[BaseModel], field: str, more: dict[str, object]
) -> None:
    """JSON may hold one, and no store takes it: this is an invalid input, not a bug."""
    with pytest.raises(ValidationError, match="string_unicode"):
        model.model_validate({field: "\ud800", **more})
