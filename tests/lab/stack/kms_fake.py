"""A fake of Cloud KMS's `encrypt` and `decrypt`: REST on a local port, with the real messages and errors."""

import json
import os
import re
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.cloud.kms_v1.types import service
from google.protobuf import json_format

PATH = re.compile(r"/v1/(projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/:]+):(encrypt|decrypt)")
"""The HTTP binding of both methods in the service's definition."""

NONCE_BYTES = 12

POLL_S = 0.01
"""Interval at which the server checks whether to stop; a test waits for it."""


class Refused(Exception):
    """The fake answers a call with an error; its text quotes the request, as Google's may."""

    def __init__(self, http: HTTPStatus, status: str) -> None:
        super().__init__(status)
        self.http, self.status = http, status


@dataclass
class KmsFake:
    """A server that encrypts and decrypts with its keys.

    Attributes:
        keys: key material by resource name.
        calls: the actions that were called, in order.
        failing: the error for every call, if it is set.
        stalled: whether calls get no answer.
    """

    keys: dict[str, bytes] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    failing: Refused | None = None
    stalled: bool = False

    def create(self, key: str = "keyset") -> str:
        """Create a key and return its resource name."""
        name = f"projects/p/locations/asia-southeast1/keyRings/order-events/cryptoKeys/{key}"
        self.keys[name] = AESGCM.generate_key(256)
        return name

    def __enter__(self) -> Self:
        """Start the server at `host`, "host:port"."""
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                _answer(fake, self)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self._released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(POLL_S,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()

    def handle_call(self, path: str, body: bytes) -> Any:
        """Return the response to a call. Raises Refused."""
        matched = PATH.fullmatch(path)
        if matched is None:
            raise Refused(HTTPStatus.NOT_FOUND, "NOT_FOUND")
        name, action = matched.groups()
        self.calls.append(action)
        if self.stalled:
            self._released.wait()
        if self.failing is not None:
            raise self.failing
        if name not in self.keys:
            raise Refused(HTTPStatus.NOT_FOUND, "NOT_FOUND")
        return {"encrypt": _encrypt, "decrypt": _decrypt}[action](AESGCM(self.keys[name]), body)


def _encrypt(key: AESGCM, body: bytes) -> Any:
    request = json_format.Parse(body, service.EncryptRequest.pb()())
    nonce = os.urandom(NONCE_BYTES)
    encrypted = key.encrypt(nonce, request.plaintext, request.additional_authenticated_data)
    return service.EncryptResponse.pb()(ciphertext=nonce + encrypted)


def _decrypt(key: AESGCM, body: bytes) -> Any:
    request = json_format.Parse(body, service.DecryptRequest.pb()())
    nonce, encrypted = request.ciphertext[:NONCE_BYTES], request.ciphertext[NONCE_BYTES:]
    try:
        plain = key.decrypt(nonce, encrypted, request.additional_authenticated_data)
    except InvalidTag:
        raise Refused(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT") from None
    return service.DecryptResponse.pb()(plaintext=plain)


def _answer(fake: KmsFake, handler: BaseHTTPRequestHandler) -> None:
    body = handler.rfile.read(int(handler.headers["content-length"]))
    try:
        status, answer = HTTPStatus.OK, json_format.MessageToJson(fake.handle_call(handler.path, body))
    except Refused as refused:
        status = refused.http
        text = f"{handler.path} {body.decode()}"
        answer = json.dumps({"error": {"code": status, "message": text, "status": refused.status}})
    handler.send_response(status)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", str(len(answer.encode())))
    handler.end_headers()
    handler.wfile.write(answer.encode())
