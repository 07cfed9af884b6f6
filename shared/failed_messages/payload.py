"""A payload as people may see it, and the difference between two."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import unified_diff

from shared.contracts.dead_letter import DeadLetter
from shared.failed_messages.model import SHOWN_ATTRIBUTES
from shared.privacy.masking import MASK, masked_json, masked_name, readable_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A message's data and headers; `text` is indented JSON where the data is JSON.

    Masked data that is no JSON has no text at all, since nobody can say what in it is personal.
    """

    text: str | None = field(repr=False)
    is_json: bool
    attributes: Mapping[str, str] = field(repr=False)
    ordering_key: str = field(repr=False)
    masked: bool


def masked_payload(letter: DeadLetter) -> Payload:
    """Show a message with what is personal masked."""
    text = masked_json(letter.data, ordering_key=letter.ordering_key)
    return Payload(
        text=text,
        is_json=text is not None,
        attributes=_masked_attributes(letter.attributes),
        ordering_key=MASK if letter.ordering_key else "",
        masked=True,
    )


def _masked_attributes(attributes: Mapping[str, str]) -> dict[str, str]:
    """Show the contract's attributes; of others at most the name, where it is one and not a value."""
    known = {name: attributes[name] for name in SHOWN_ATTRIBUTES if name in attributes}
    others = sorted(attributes.keys() - known.keys())
    return known | {masked_name(name, place): MASK for place, name in enumerate(others, 1)}


def unmasked_payload(letter: DeadLetter) -> Payload:
    """Show a message as it is; bytes that are no text are escaped."""
    text = readable_json(letter.data)
    return Payload(
        text=letter.data.decode(errors="backslashreplace") if text is None else text,
        is_json=text is not None,
        attributes=letter.attributes,
        ordering_key=letter.ordering_key,
        masked=False,
    )


def masked_difference(before: bytes, after: bytes, *, ordering_key: str) -> str:
    """Write the unified diff of two payloads; personal values are masked, but a change of one is seen."""
    texts = (
        masked_json(each, ordering_key=ordering_key, tell_apart=True) or "(not JSON)"
        for each in (before, after)
    )
    old, new = (text.splitlines() for text in texts)
    return "\n".join(unified_diff(old, new, "original", "edited", lineterm=""))
