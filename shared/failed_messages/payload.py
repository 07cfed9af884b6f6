"""A payload as people may see it, and the difference between two."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.contracts.dead_letter import DeadLetter
from shared.failed_messages.model import SHOWN_ATTRIBUTES
from shared.failed_messages.payload_diff import diff_lines
from shared.failed_messages.sent_payload import SentPayload, find_problem
from shared.privacy.masking import MASK, escape_disguises, format_json, mask_json, mask_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A message's data and headers; `text` is indented JSON where the data is JSON.

    Masked data that is not JSON has no text, because personal values cannot be found in it.
    """

    text: str | None = field(repr=False)
    is_json: bool
    attributes: Mapping[str, str] = field(repr=False)
    ordering_key: str = field(repr=False)
    masked: bool
    problem: str = ""
    """Where and why the payload is no valid JSON; names no value."""
    sent: SentPayload | None = field(default=None, repr=False)
    """The payload as it was sent, where it is no valid JSON; None where it is masked."""


def mask_payload(dead_letter: DeadLetter) -> Payload:
    """Show a message with personal values masked, and with no character that disguises others."""
    text = mask_json(dead_letter.data, ordering_key=dead_letter.ordering_key)
    sent = find_problem(dead_letter.data)
    return Payload(
        text=text,
        is_json=text is not None,
        attributes=_mask_attributes(dead_letter.attributes),
        ordering_key=MASK if dead_letter.ordering_key else "",
        masked=True,
        problem=sent.problem if sent else "",
    )


def _mask_attributes(attributes: Mapping[str, str]) -> dict[str, str]:
    """Show the contract's attributes; of others only the name, unless it looks like a value."""
    shown = {name: escape_disguises(attributes[name]) for name in SHOWN_ATTRIBUTES if name in attributes}
    others = sorted(attributes.keys() - shown.keys())
    return shown | {mask_name(name, place): MASK for place, name in enumerate(others, 1)}


def unmask_payload(dead_letter: DeadLetter) -> Payload:
    """Show a message with its personal values; bytes that are not text are escaped."""
    text = format_json(dead_letter.data)
    sent = find_problem(dead_letter.data)
    return Payload(
        text=escape_disguises(dead_letter.data.decode(errors="backslashreplace")) if text is None else text,
        is_json=text is not None,
        attributes={name: escape_disguises(value) for name, value in dead_letter.attributes.items()},
        ordering_key=escape_disguises(dead_letter.ordering_key),
        masked=False,
        problem=sent.problem if sent else "",
        sent=sent,
    )


def diff_masked(before: bytes, after: bytes, *, ordering_key: str) -> str:
    """Write a unified diff of two payloads; a changed personal value shows as two different masks."""
    texts = (
        mask_json(each, ordering_key=ordering_key, distinct_masks=True, other=other) or "(not JSON)"
        for each, other in ((before, after), (after, before))
    )
    old, new = (text.splitlines() for text in texts)
    hunks = [*diff_lines(old, new)]
    return "\n".join(["--- original", "+++ edited", *hunks]) if hunks else ""
