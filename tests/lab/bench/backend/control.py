"""Tell the backend to keep what it stores under a name, and to have it back."""

from typing import Any

from shared.gcp.channel import open_channel


async def keep(address: str, name: str) -> None:
    """Keep what is stored now, besides what was kept under other names."""
    await _call(address, "Keep", name)


async def restore(address: str, name: str) -> None:
    """Store what was kept, and nothing else."""
    await _call(address, "Restore", name)


async def _call(address: str, verb: str, name: str) -> None:
    async with open_channel(address, "") as channel:
        call: Any = channel.unary_unary(f"/bench.Backend/{verb}")
        await call(name.encode())
