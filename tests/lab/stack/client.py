"""What tests hold of a stack that runs in a process of its own."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import aiohttp

from tests.lab.stack.emulators import Emulators
from tests.lab.stack.fault_plan import Fault
from tests.lab.stack.relay import Counts


@dataclasses.dataclass(frozen=True)
class StackClient:
    """Steer a running stack and see what it has counted.

    Attributes:
        env: the variables of its env file.
    """

    env: Mapping[str, str]

    @property
    def project(self) -> str:
        """Return the project that its topics and documents belong to."""
        return self.env["GOOGLE_CLOUD_PROJECT"]

    @property
    def emulators(self) -> Emulators:
        """Return where Pub/Sub and Firestore answer clients, past the fault proxies."""
        return Emulators(self.env["PUBSUB_EMULATOR_HOST"], self.env["FIRESTORE_EMULATOR_HOST"])

    def url(self, function: str) -> str:
        """Return where a function takes pushes."""
        return self.env[f"{function.upper()}_URL"]

    async def faults(self, *faults: Fault) -> None:
        """Have calls from the functions to the emulators fail by these rules, behind those there are."""
        await self._ask("POST", "/faults", [fault.model_dump(mode="json") for fault in faults])

    async def clear_faults(self) -> None:
        """Forget all faults and the counts of calls."""
        await self._ask("DELETE", "/faults")

    async def calls(self) -> dict[str, int]:
        """Return the number of calls from the functions since the last `clear_faults`, by RPC."""
        calls: dict[str, int] = (await self._ask("GET", "/faults"))["calls"]
        return calls

    async def faults_met(self) -> list[int]:
        """Return how many calls met each fault, in the order they were set."""
        return [fault["met"] for fault in (await self._ask("GET", "/faults"))["faults"]]

    async def counts(self) -> dict[str, Counts]:
        """Return what the relay has done, by subscription."""
        return {name: Counts(**numbers) for name, numbers in (await self._ask("GET", "/relay")).items()}

    async def duplicate(self, subscription: str, *, next_messages: int = 0, ratio: float = 0.0) -> None:
        """Deliver a subscription's next so many messages twice, and of the others a ratio from 0 to 1."""
        wish = {"subscription": subscription, "next_messages": next_messages, "ratio": ratio}
        await self._ask("POST", "/duplicates", wish)

    async def _ask(self, method: str, path: str, body: object = None) -> Any:
        url = self.env["STACK_CONTROL_URL"] + path
        async with aiohttp.ClientSession() as session, session.request(method, url, json=body) as response:
            if not response.ok:
                raise ValueError(await response.text())
            return await response.json() if response.status == 200 else None
