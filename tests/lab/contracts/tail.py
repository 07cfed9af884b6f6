"""Print the events of `order-events` on the local stack as they come, until Ctrl-C: `make tail`."""

import argparse
import base64
import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

from tests.lab.contracts.message_file import InputError
from tests.lab.contracts.publish import api_url
from tests.lab.stack import env_file, paths

TOPIC = "order-events"
POLL_TIMEOUT_S = 120
"""Longer than the emulator holds a request for messages."""


def main(words: Sequence[str] | None = None) -> int:
    """Return 0 when it is interrupted, or has printed the events that were asked for."""
    parser = argparse.ArgumentParser(prog="make tail", description=__doc__)
    parser.add_argument("--env-file", type=Path, default=paths.ENV_FILE)
    parser.add_argument("--events", type=int, default=0, help="stop after so many; 0: never")
    options = parser.parse_args(words)
    try:
        url = api_url(env_file.read(options.env_file))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    with (
        contextlib.suppress(KeyboardInterrupt),
        httpx2.Client(timeout=POLL_TIMEOUT_S) as client,
        _subscription(client, url) as subscription,
    ):
        print(f"waiting for events on {TOPIC}", flush=True)
        for count, event in enumerate(_events(client, subscription), start=1):
            print(_line(event), flush=True)
            if count == options.events:
                break
    return 0


@contextlib.contextmanager
def _subscription(client: httpx2.Client, url: str) -> Iterator[str]:
    """Yield the address of a subscription of its own, deleted in the end."""
    project = url.partition("/v1/")[2]
    address = f"{url}/subscriptions/tail-{uuid4().hex[:12]}"
    client.put(address, json={"topic": f"{project}/topics/{TOPIC}"}).raise_for_status()
    try:
        yield address
    finally:
        client.delete(address)


def _events(client: httpx2.Client, subscription: str) -> Iterator[dict[str, Any]]:
    while True:
        answer = client.post(f"{subscription}:pull", json={"maxMessages": 100})
        answer.raise_for_status()
        received = answer.json().get("receivedMessages", [])
        if received:
            acknowledged = {"ackIds": [each["ackId"] for each in received]}
            client.post(f"{subscription}:acknowledge", json=acknowledged).raise_for_status()
        yield from (each["message"] for each in received)


def _line(event: dict[str, Any]) -> str:
    attributes = event.get("attributes", {})
    data = json.loads(base64.b64decode(event["data"]))
    moment = str(event["publishTime"])[11:19]
    return f"{moment} {attributes.get('eventType')} {json.dumps(data, ensure_ascii=False)}"


if __name__ == "__main__":
    sys.exit(main())
