"""functions-framework with only the client libraries imported: the lower bound of a cold start."""

import functions_framework.aio
import grpc.aio
import tink
from google.api_core import grpc_helpers_async
from google.cloud.firestore_v1.types import document, firestore, write
from google.pubsub_v1.types import pubsub
from starlette.requests import Request
from starlette.responses import Response
from tink import aead

LIBRARIES = (grpc, tink, aead, grpc_helpers_async, document, firestore, write, pubsub)


@functions_framework.aio.http  # type: ignore[untyped-decorator]  # the framework is untyped
async def handle(request: Request) -> Response:
    """Read the request and acknowledge."""
    await request.body()
    return Response(status_code=204)
