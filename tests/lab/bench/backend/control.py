"""Save and restore the documents of the backend, by name."""

from typing import Any

from shared.gcp.channel import open_channel


async def keep(address: str, name: str) -> None:
    """Save all documents under a name."""
    await _call(address, "Keep", name)


async def restore(address: str, name: str) -> None:
    """Replace all documents with those saved under a name."""
    await _call(address, "Restore", name)


async def _call(address: str, verb: str, name: str) -> None:
    async with open_channel(address, "") as channel:
        call: Any = channel.unary_unary(f"/bench.Backend/{verb}")
        await call(name.encode())
