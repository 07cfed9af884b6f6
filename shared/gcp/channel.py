"""gRPC channels to Google's services or their emulators, and the mapping of gRPC errors."""

from collections.abc import Callable
from typing import Any

import grpc
import grpc.aio
from google.api_core import grpc_helpers_async

from shared.errors import LostRace, Transient

UNLIMITED = -1
_OPTIONS = [("grpc.max_receive_message_length", UNLIMITED), ("grpc.max_send_message_length", UNLIMITED)]
_LOST_RACE_CODES = frozenset(
    {grpc.StatusCode.ALREADY_EXISTS, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.ABORTED}
)
_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


def open_channel(emulator: str | None, service: str, credentials_file: str | None = None) -> grpc.aio.Channel:
    """Open a channel to an emulator's host:port, or to a Google service with the account's credentials."""
    if emulator:
        return grpc.aio.insecure_channel(emulator, options=_OPTIONS)
    channel: grpc.aio.Channel = grpc_helpers_async.create_channel(
        f"{service}:443", scopes=_SCOPES, credentials_file=credentials_file, options=_OPTIONS
    )
    return channel


def map_grpc_error(error: grpc.aio.AioRpcError, unavailable: type[Transient]) -> Exception:
    """Map a failed precondition or lock to LostRace, and every other status to `unavailable`.

    The service's own text is dropped: it may quote the request.
    """
    if error.code() in _LOST_RACE_CODES:
        return LostRace(error.code().name)
    return map_unavailable(error, unavailable)


def map_unavailable(error: grpc.aio.AioRpcError, unavailable: type[Transient]) -> Transient:
    """Map a gRPC error of a call without preconditions to `unavailable`, by its status alone."""
    return unavailable(f"answered {error.code().name}")


def unary_method(channel: grpc.aio.Channel, path: str, request: Any, response: Any) -> Callable[..., Any]:
    """Make a unary call that sends and returns raw protocol buffers."""
    return channel.unary_unary(
        path, request_serializer=request.SerializeToString, response_deserializer=response.FromString
    )
