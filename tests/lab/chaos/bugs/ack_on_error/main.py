"""Order creation that acknowledges every delivery, also after an error."""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from functions.order_create import main

__all__ = ["handle"]


@functions_framework.aio.http  # type: ignore[untyped-decorator]  # the framework is untyped
async def handle(request: Request) -> Response:
    """Handle the request and acknowledge it in any case."""
    await main.handle(request)
    return Response(status_code=204)
