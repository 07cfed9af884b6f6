"""Calls to the function behind a subscription: a delivery, or a dry run of one."""

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2
from pydantic import TypeAdapter, ValidationError

from shared.consumer.function_answer import (
    DETAIL_HEADER,
    DRY_RUN_PATH,
    ERROR_TYPE_HEADER,
    NO_ANSWER,
    OUTCOME_HEADER,
    REASON_HEADER,
    DryRunResult,
    FunctionAnswer,
)
from shared.contracts.dead_letter import FailureReason
from shared.contracts.envelope import WAITING_SINCE
from shared.errors import ErrorType, Outcome
from shared.failed_messages.dead_letter import StoredDeadLetter
from shared.gcp.oidc import TokenUnavailable, fetch_identity_token
from shared.settings import LOOPBACK_HOSTS

CALL_TIMEOUT_S = 60.0
"""The ack deadline, by which a function has answered or was ended. It bounds the whole call."""

HTTP_TIMEOUT = httpx2.Timeout(CALL_TIMEOUT_S, connect=5.0)

NO_DRY_RUN = "preflight.no_answer"
"""The reason of a dry run without an answer."""

EDITED_FROM = "editedFrom"
"""Attribute of an edited message: the id of the failed message it was edited from."""

_DRY_RUN = TypeAdapter(DryRunResult)
_NO_ANSWER = FunctionAnswer(
    outcome=Outcome.ERROR, failure_reason=FailureReason(error_type=ErrorType.TRANSIENT, slug=NO_ANSWER)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRequest:
    """A message as a push delivers it to one subscription."""

    subscription: str
    message_id: str
    publish_time: datetime
    attributes: Mapping[str, str]
    ordering_key: str = field(repr=False)
    data: bytes = field(repr=False)
    waiting_since: datetime | None = None
    """When the message was first deferred."""


class FunctionClient:
    """Deliver messages to functions as a push subscription does, and read their answers."""

    def __init__(self, http: httpx2.AsyncClient, urls: Mapping[str, str], project: str) -> None:
        """Use an HTTP client, the URL of the function behind each subscription, and their project."""
        self._http = http
        self._urls = urls
        self._project = project

    async def push(self, request: PushRequest) -> FunctionAnswer:
        """Deliver a message; a missing answer is a transient failure."""
        response = await self._post(request, "/")
        return _NO_ANSWER if response is None else _read_answer(response)

    async def dry_run(self, request: PushRequest) -> DryRunResult:
        """Ask the function what a delivery would do; a missing answer is an error result."""
        response = await self._post(request, DRY_RUN_PATH)
        try:
            if response is not None and response.status_code == 200:
                return _DRY_RUN.validate_json(response.content)
        except ValidationError:
            pass
        return DryRunResult(outcome=Outcome.ERROR, reason=NO_DRY_RUN)

    async def _post(self, request: PushRequest, path: str) -> httpx2.Response | None:
        url = self._urls.get(request.subscription)
        if url is None:
            return None
        try:
            # httpx's own timeout begins again with each part of an answer.
            async with asyncio.timeout(CALL_TIMEOUT_S):
                headers = {"Content-Type": "application/json", **await _authorization(url)}
                body = encode_push(request, self._project)
                return await self._http.post(
                    url.rstrip("/") + path, content=body, headers=headers, timeout=HTTP_TIMEOUT
                )
        except (httpx2.HTTPError, httpx2.InvalidURL, TokenUnavailable, TimeoutError):
            return None


def build_replay(stored: StoredDeadLetter, data: bytes | None, waiting_since: datetime | None) -> PushRequest:
    """Build the push that delivers a failed message again; `data` is an edit of it."""
    dead_letter = stored.dead_letter
    request = PushRequest(
        subscription=dead_letter.subscription,
        message_id=f"replay-{stored.fingerprint}",
        publish_time=dead_letter.publish_time,
        attributes=dead_letter.attributes,
        ordering_key=dead_letter.ordering_key,
        data=dead_letter.data,
        waiting_since=waiting_since,
    )
    if data is None:
        return request
    return replace(request, data=data, attributes={**dead_letter.attributes, EDITED_FROM: stored.fingerprint})


def encode_push(request: PushRequest, project: str) -> bytes:
    """Write the body of a push request."""
    message: dict[str, Any] = {
        "data": base64.b64encode(request.data).decode(),
        "attributes": dict(request.attributes),
        "messageId": request.message_id,
        "publishTime": request.publish_time.isoformat(),
    }
    if request.ordering_key:
        message["orderingKey"] = request.ordering_key
    subscription = f"projects/{project}/subscriptions/{request.subscription}"
    body: dict[str, Any] = {"message": message, "subscription": subscription}
    if request.waiting_since:
        body[WAITING_SINCE] = request.waiting_since.isoformat()
    return json.dumps(body).encode()


async def _authorization(url: str) -> dict[str, str]:
    """Return the header with an OIDC token; a function on this machine needs none."""
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS:
        return {}
    return {"Authorization": f"Bearer {await asyncio.to_thread(fetch_identity_token, url)}"}


def _read_answer(response: httpx2.Response) -> FunctionAnswer:
    headers = response.headers
    if OUTCOME_HEADER not in headers:
        unexpected = FailureReason(
            error_type=ErrorType.TRANSIENT, slug=f"replay.status_{response.status_code}"
        )
        return FunctionAnswer(outcome=Outcome.ERROR, failure_reason=unexpected)
    reason = FailureReason(
        error_type=headers.get(ERROR_TYPE_HEADER, ""),
        slug=headers.get(REASON_HEADER, ""),
        detail=headers.get(DETAIL_HEADER, ""),
    )
    return FunctionAnswer(outcome=headers[OUTCOME_HEADER], failure_reason=reason)
