"""Publish a file to the local stack: `make publish FILE=order.json TOPIC=order-create`.

Attributes that the file leaves out, and the ordering key, come from the contract.
"""

import argparse
import base64
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

from tests.lab.contracts.catalogue import Message
from tests.lab.contracts.message_file import InputError, MessageFile, find_message, read_file
from tests.lab.stack import env_file, paths


def pubsub_message(message: Message, given: MessageFile) -> dict[str, Any]:
    """Return the message as Pub/Sub's API takes it."""
    defaults = {
        "source": message.producers[0] if message.producers else "make-publish",
        "version": message.version,
        "correlationId": uuid4().hex,
        **({"eventType": message.event_type} if message.event_type else {}),
    }
    return {
        "data": base64.b64encode(given.data).decode(),
        "attributes": defaults | given.attributes,
        "orderingKey": _ordering_key(message, given.data),
    }


def _ordering_key(message: Message, data: bytes) -> str:
    try:
        return str(json.loads(data)[message.kind.ordering_field])
    except (ValueError, TypeError, KeyError):
        return ""  # the function says what is wrong with such a payload


def api_url(environ: Mapping[str, str]) -> str:
    """Return the address of the local stack's Pub/Sub; raise InputError where none runs."""
    if not environ:
        raise InputError("no stack is running; start one with: make up")
    return f"http://{environ['PUBSUB_EMULATOR_HOST']}/v1/projects/{environ['GOOGLE_CLOUD_PROJECT']}"


def main(words: Sequence[str] | None = None) -> int:
    """Return 0 once Pub/Sub has the message."""
    parser = argparse.ArgumentParser(prog="make publish", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("topic")
    parser.add_argument("--event-type", default="")
    parser.add_argument("--env-file", type=Path, default=paths.ENV_FILE)
    options = parser.parse_args(words)
    try:
        url = api_url(env_file.read(options.env_file))
        given = read_file(options.file)
        if options.event_type:
            given.attributes["eventType"] = options.event_type
        published = pubsub_message(find_message(options.topic, given.attributes), given)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    answer = httpx2.post(f"{url}/topics/{options.topic}:publish", json={"messages": [published]})
    answer.raise_for_status()
    (message_id,) = answer.json()["messageIds"]
    print(f"published {message_id} to {options.topic}, ordering key {published['orderingKey'] or 'none'}")
    print(json.dumps(published["attributes"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
