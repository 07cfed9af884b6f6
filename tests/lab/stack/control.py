"""A small HTTP server by which tests steer a running stack: faults, duplicates, and what has been counted.

POST   /faults      one fault, or a list of them: {"method": "Commit", "kind": "after", "times": 2}
GET    /faults      {"calls": {"Commit": 3}, "faults": [{"method": ..., "met": 2}]}
DELETE /faults      forget faults and counts
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
    """Ask for the next messages of a subscription, and a ratio of the others, to be delivered twice."""

    model_config = ConfigDict(extra="forbid")

    subscription: str
    next_messages: int = Field(default=0, ge=0)
    ratio: float = Field(default=0.0, ge=0, le=1)


class Control:
    """Answer the requests; a body that is no valid order is refused with 400 and the reason."""

    def __init__(self, plan: FaultPlan, relay: Relay) -> None:
        self._plan = plan
        self._relay = relay

    def application(self) -> web.Application:
        """Return the routes."""
        application = web.Application()
        application.add_routes(
            [
                web.post("/faults", self._add_faults),
                web.get("/faults", self._tell_faults),
                web.delete("/faults", self._clear_faults),
                web.get("/relay", self._tell_relay),
                web.post("/duplicates", self._duplicate),
            ]
        )
        return application

    async def _add_faults(self, request: web.Request) -> web.Response:
        with _refusing():
            faults = FAULTS.validate_json(await request.read())
            self._plan.add(*(faults if isinstance(faults, list) else [faults]))
        return web.Response(status=204)

    async def _tell_faults(self, _: web.Request) -> web.Response:
        faults = [fault.model_dump(mode="json") | {"met": met} for fault, met in self._plan.met()]
        return web.json_response({"calls": self._plan.calls, "faults": faults})

    async def _clear_faults(self, _: web.Request) -> web.Response:
        self._plan.clear()
        return web.Response(status=204)

    async def _tell_relay(self, _: web.Request) -> web.Response:
        return web.json_response({name: asdict(counts) for name, counts in self._relay.counts().items()})

    async def _duplicate(self, request: web.Request) -> web.Response:
        with _refusing():
            wish = Duplicates.model_validate_json(await request.read())
            self._relay.duplicate(wish.subscription, next_messages=wish.next_messages, ratio=wish.ratio)
        return web.Response(status=204)


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        raise web.HTTPBadRequest(text=str(error)) from error
    except KeyError as error:
        raise web.HTTPBadRequest(text=f"no such subscription here: {error}") from error


@contextlib.asynccontextmanager
async def controlling(plan: FaultPlan, relay: Relay) -> AsyncIterator[str]:
    """Yield the URL at which the control answers while the context lasts."""
    runner = web.AppRunner(Control(plan, relay).application(), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
