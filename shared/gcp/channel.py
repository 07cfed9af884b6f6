"""gRPC channels to Google's services or their emulators, and errors in our terms."""

from collections.abc import Callable
from typing import Any

import grpc
import grpc.aio
from google.api_core import grpc_helpers_async

from shared.errors import LostRace, Transient

UNLIMITED = -1
_OPTIONS = [("grpc.max_receive_message_length", UNLIMITED), ("grpc.max_send_message_length", UNLIMITED)]
_LOST = frozenset(
    {grpc.StatusCode.ALREADY_EXISTS, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.ABORTED}
)
_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


def open_channel(emulator: str | None, service: str, credentials_file: str | None = None) -> grpc.aio.Channel:
    """Open a channel to an emulator's host:port, or to a service of Google with the account's credentials."""
    if emulator:
        return grpc.aio.insecure_channel(emulator, options=_OPTIONS)
    channel: grpc.aio.Channel = grpc_helpers_async.create_channel(
        f"{service}:443", scopes=_SCOPES, credentials_file=credentials_file, options=_OPTIONS
    )
    return channel


def converted(error: grpc.aio.AioRpcError, unavailable: type[Transient]) -> Exception:
    """Turn a gRPC error into ours: a lost race, or a service that did not do what was asked.

    The service's own text is left out: it may quote the request.
    """
    return LostRace(error.code().name) if error.code() in _LOST else unanswered(error, unavailable)


def unanswered(error: grpc.aio.AioRpcError, unavailable: type[Transient]) -> Transient:
    """Turn a gRPC error into ours where there is no race to lose."""
    return unavailable(f"answered {error.code().name}")


def method(channel: grpc.aio.Channel, path: str, request: Any, response: Any) -> Callable[..., Any]:
    """Make a unary method that speaks raw protocol buffers."""
    return channel.unary_unary(
        path, request_serializer=request.SerializeToString, response_deserializer=response.FromString
    )
