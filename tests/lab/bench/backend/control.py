"""Control the backend: save and restore its documents by name, and record the calls it answers."""

from typing import Any

from shared.gcp.channel import open_channel


async def keep(address: str, name: str) -> None:
    """Save all documents under a name."""
    await _call(address, "Keep", name)


async def restore(address: str, name: str) -> None:
    """Replace all documents with those saved under a name."""
    await _call(address, "Restore", name)


async def record(address: str) -> None:
    """Record every call from now on."""
    await _call(address, "Record")


async def recorded(address: str) -> bytes:
    """Return the recorded calls as JSON, and stop recording."""
    return await _call(address, "Recorded")


async def _call(address: str, verb: str, name: str = "") -> bytes:
    async with open_channel(address, "") as channel:
        call: Any = channel.unary_unary(f"/bench.Backend/{verb}")
        return bytes(await call(name.encode()))
