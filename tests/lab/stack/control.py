"""An HTTP server through which tests control a running stack: faults, duplicates and counts.

POST   /faults      one fault, or a list of them: {"method": "Commit", "kind": "after", "times": 2};
                    with {"status": "RESOURCE_EXHAUSTED"} in place of UNAVAILABLE
GET    /faults      {"calls": {"Commit": 3}, "faults": [{"method": ..., "met": 2}]}
DELETE /faults      remove all faults and counts
GET    /relay       {"order-create-sub": {"delivered": 1, ...}}
POST   /duplicates  {"subscription": "order-create-sub", "next_messages": 1}
"""

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from tests.lab.stack.fault_plan import Fault, FaultPlan
from tests.lab.stack.relay import Relay

FAULTS = TypeAdapter(list[Fault] | Fault)


class Duplicates(BaseModel):
    """A request to deliver the next messages of a subscription twice, and a ratio of all later ones."""

    model_config = ConfigDict(extra="forbid")

    subscription: str
    next_messages: int = Field(default=0, ge=0)
    ratio: float = Field(default=0.0, ge=0, le=1)


class Control:
    """Handle the requests; an invalid body gets a 400 with the reason."""

    def __init__(self, plan: FaultPlan, relay: Relay) -> None:
        self._plan = plan
        self._relay = relay

    def application(self) -> web.Application:
        """Return the routes."""
        application = web.Application()
        application.add_routes(
            [
                web.post("/faults", self._add_faults),
                web.get("/faults", self._get_faults),
                web.delete("/faults", self._clear_faults),
                web.get("/relay", self._get_relay),
                web.post("/duplicates", self._duplicate),
            ]
        )
        return application

    async def _add_faults(self, request: web.Request) -> web.Response:
        with _bad_request_on_error():
            faults = FAULTS.validate_json(await request.read())
            self._plan.add(*(faults if isinstance(faults, list) else [faults]))
        return web.Response(status=204)

    async def _get_faults(self, _: web.Request) -> web.Response:
        faults = [fault.model_dump(mode="json") | {"met": met} for fault, met in self._plan.met()]
        return web.json_response({"calls": self._plan.calls, "faults": faults})

    async def _clear_faults(self, _: web.Request) -> web.Response:
        self._plan.clear()
        return web.Response(status=204)

    async def _get_relay(self, _: web.Request) -> web.Response:
        return web.json_response({name: asdict(counts) for name, counts in self._relay.counts().items()})

    async def _duplicate(self, request: web.Request) -> web.Response:
        with _bad_request_on_error():
            body = Duplicates.model_validate_json(await request.read())
            self._relay.duplicate(body.subscription, next_messages=body.next_messages, ratio=body.ratio)
        return web.Response(status=204)


@contextlib.contextmanager
def _bad_request_on_error() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        raise web.HTTPBadRequest(text=str(error)) from error
    except KeyError as error:
        raise web.HTTPBadRequest(text=f"unknown subscription: {error}") from error


@contextlib.asynccontextmanager
async def controlling(plan: FaultPlan, relay: Relay) -> AsyncIterator[str]:
    """Serve the control while the context lasts; yield its URL."""
    runner = web.AppRunner(Control(plan, relay).application(), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
