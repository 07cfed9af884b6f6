"""The lower bound of a function's cost: parse a message, then repeat the recorded calls of one delivery.

It reads the same documents, writes documents of the same content and publishes the same messages, over bare
gRPC and without sharing a call. It has no validation, rules, claim logic or encryption.
"""

import asyncio
import base64
import json
import os
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import functions_framework.aio
import jiter
from starlette.requests import Request
from starlette.responses import Response

from tests.lab.bench.recording import Recording
from tests.lab.bench.replay import build_commit, read_values
from tests.lab.bench.variants.wire import DATABASE, Calls

RECORDING = Recording.of(json.loads(Path(os.environ["FLOOR_RECORDING"]).read_text(encoding="utf-8")))
calls = cache(Calls)  # created at the first request, inside the running event loop
numbers = count(1)


@functions_framework.aio.http  # type: ignore[untyped-decorator]  # the framework is untyped
async def handle(request: Request) -> Response:
    """Read, write and publish."""
    body = jiter.from_json(await request.body())
    jiter.from_json(base64.b64decode(body["message"]["data"]))
    number = next(numbers)
    found: dict[str, Any] = {}
    for method, recorded in RECORDING.calls:
        if method == "BatchGetDocuments":
            found |= {each.name: each for each in await calls().get(*recorded)}
        elif method == "Commit":
            await calls().commit(build_commit(DATABASE, recorded, found, number))
        else:
            await asyncio.gather(*(calls().publish(topic, each) for topic, each in recorded.items()))
    for name, fields in RECORDING.restated.items():
        read_values(found[name].fields, fields)
    return Response(status_code=204)
