"""The tests' client of a stack that runs in another process."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import aiohttp

from tests.lab.stack.emulators import Emulators
from tests.lab.stack.fault_plan import Fault
from tests.lab.stack.relay import Counts


@dataclasses.dataclass(frozen=True)
class StackClient:
    """Control a running stack and read its counts.

    Attributes:
        env: the variables of its env file.
    """

    env: Mapping[str, str]

    @property
    def project(self) -> str:
        """Return the project id of its topics and documents."""
        return self.env["GOOGLE_CLOUD_PROJECT"]

    @property
    def emulators(self) -> Emulators:
        """Return the addresses of the emulators, not those of the fault proxies."""
        return Emulators(self.env["PUBSUB_EMULATOR_HOST"], self.env["FIRESTORE_EMULATOR_HOST"])

    def url(self, function: str) -> str:
        """Return the URL of a function."""
        return self.env[f"{function.upper()}_URL"]

    async def faults(self, *faults: Fault) -> None:
        """Append fault rules for the functions' calls to the emulators."""
        await self._request("POST", "/faults", [fault.model_dump(mode="json") for fault in faults])

    async def clear_faults(self) -> None:
        """Remove all fault rules and reset the counts of calls."""
        await self._request("DELETE", "/faults")

    async def calls(self) -> dict[str, int]:
        """Return the number of the functions' calls since the last `clear_faults`, by RPC."""
        calls: dict[str, int] = (await self._request("GET", "/faults"))["calls"]
        return calls

    async def faults_met(self) -> list[int]:
        """Return the number of calls that met each fault rule, in their order."""
        return [fault["met"] for fault in (await self._request("GET", "/faults"))["faults"]]

    async def counts(self) -> dict[str, Counts]:
        """Return the relay's counts by subscription."""
        return {name: Counts(**numbers) for name, numbers in (await self._request("GET", "/relay")).items()}

    async def duplicate(self, subscription: str, *, next_messages: int = 0, ratio: float = 0.0) -> None:
        """Deliver the next messages of a subscription twice, and a ratio (0 to 1) of all later ones."""
        body = {"subscription": subscription, "next_messages": next_messages, "ratio": ratio}
        await self._request("POST", "/duplicates", body)

    async def _request(self, method: str, path: str, body: object = None) -> Any:
        url = self.env["STACK_CONTROL_URL"] + path
        async with aiohttp.ClientSession() as session, session.request(method, url, json=body) as response:
            if not response.ok:
                raise ValueError(await response.text())
            return await response.json() if response.status == 200 else None
