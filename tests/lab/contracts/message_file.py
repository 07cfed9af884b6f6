"""A message in a file: its payload alone, or an object with `attributes` and `data`."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.lab.contracts.catalogue import Direction, Message, messages


class InputError(Exception):
    """The file or the topic cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class MessageFile:
    """The attributes and the payload of a file."""

    attributes: dict[str, str]
    data: bytes


def read_file(path: Path) -> MessageFile:
    """Read a file; one without `attributes` and `data` is a payload, whatever it holds."""
    try:
        written = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}); say FILE=path/to/message.json"
        ) from None
    try:
        content = json.loads(written)
    except ValueError:
        return MessageFile({}, written)
    if not isinstance(content, dict) or not {"attributes", "data"} <= content.keys():
        return MessageFile({}, written)
    attributes = {str(name): str(value) for name, value in content["attributes"].items()}
    return MessageFile(attributes, _data_text(written))


def _data_text(written: bytes) -> bytes:
    """Cut the payload out of the text as it is written: numbers keep their notation."""
    kept: dict[str, str] = {}

    def number(text: str) -> str:
        kept[f"@number:{len(kept)}@"] = text
        return f"@number:{len(kept) - 1}@"

    content = json.loads(written, parse_float=number, parse_int=number, parse_constant=number)
    text = json.dumps(content["data"], ensure_ascii=False)
    for placeholder, written_number in kept.items():
        text = text.replace(f'"{placeholder}"', written_number, 1)
    return text.encode()


def find_message(topic: str, attributes: dict[str, str]) -> Message:
    """Return the message of a topic by its event type; raise InputError where there is none."""
    incoming = [each for each in messages() if each.direction is Direction.INCOMING]
    on_topic = [each for each in incoming if each.topic == topic]
    if not on_topic:
        raise InputError(f"TOPIC: must be one of {_listed(each.topic for each in incoming)}")
    by_type = {each.event_type: each for each in on_topic}
    found = by_type.get(attributes.get("eventType")) or by_type.get(None)
    if found is None and len(on_topic) == 1:
        return on_topic[0]
    if found is None:
        types = _listed(str(each.event_type) for each in on_topic)
        raise InputError(
            f"attributes.eventType: must be one of {types}; say EVENT_TYPE=... or put it in FILE"
        )
    return found


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))
