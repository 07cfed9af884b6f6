"""The push request: Pub/Sub's wrapped body in a POST to the function."""

import base64
import io
import itertools
import json
import logging
from http import HTTPStatus

import aiohttp

from tests.lab.stack.relay.backlog import Outstanding
from tests.lab.stack.relay.message import Message
from tests.lab.stack.relay.source import Source

log = logging.getLogger(__name__)

ACKNOWLEDGING = {
    HTTPStatus.PROCESSING,
    HTTPStatus.OK,
    HTTPStatus.CREATED,
    HTTPStatus.ACCEPTED,
    HTTPStatus.NO_CONTENT,
}


class Push:
    """Posts messages of one subscription to the function's instances in turn.

    An answer after the ack deadline does not count.
    """

    def __init__(self, source: Source, http: aiohttp.ClientSession) -> None:
        self._source = source
        self._pushes = itertools.count()
        self._http = http
        self._timeout = aiohttp.ClientTimeout(total=source.policy.ack_deadline_seconds)

    async def __call__(self, outstanding: Outstanding) -> bool:
        """Push a message; return whether the function acknowledged it."""
        answer = await self._post(wrap_message(self._source, outstanding.message, outstanding.attempt))
        if answer not in ACKNOWLEDGING:
            log.info("%s: attempt %d: %s", self._source.name, outstanding.attempt, answer)
        return answer in ACKNOWLEDGING

    async def _post(self, body: bytes) -> int | str:
        headers = {"Content-Type": "application/json"}
        try:
            async with self._http.post(
                self._source.urls[next(self._pushes) % len(self._source.urls)],
                data=io.BytesIO(body),
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                await response.read()  # otherwise the connection is not reused
                return response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            return type(error).__name__


def wrap_message(source: Source, message: Message, attempt: int) -> bytes:
    """Return the body of a push; as in Pub/Sub's JSON, empty fields are absent.

    `deliveryAttempt` is present only if the subscription has a dead-letter topic.
    """
    body: dict[str, object] = {"message": _message(message), "subscription": source.path}
    if source.policy.dead_letter_topic:
        body["deliveryAttempt"] = attempt
    return json.dumps(body).encode()


def _message(message: Message) -> dict[str, object]:
    published = message.publish_time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    fields = {
        "data": base64.b64encode(message.data).decode(),
        "attributes": dict(message.attributes),
        "messageId": message.message_id,
        "message_id": message.message_id,
        "publishTime": published,
        "publish_time": published,
        "orderingKey": message.ordering_key,
    }
    return {name: value for name, value in fields.items() if value}
