"""The cost of a message with more stored orders."""

from collections.abc import Mapping

import uvloop

from shared.gcp.channel import open_channel
from shared.gcp.firestore.rpc import FirestoreRpc
from tests.lab.bench import generator, orders
from tests.lab.bench.backend.control import keep, restore
from tests.lab.bench.measure import CONCURRENCY, backend, serving
from tests.lab.bench.server import Server, Variant
from tests.lab.growth.filling import Template, fill
from tests.lab.growth.samples import Costs, create_and_ship, measure_interleaved

SIZES = (100, 1_000, 10_000, 100_000)
BATCH_ORDERS = 50
"""Orders between two restores: the measured orders must not change the size."""

VARIANTS = (Variant.function("order_create"), Variant.function("ship"))


def measure(rounds: int, batches: int) -> tuple[Costs, Template]:
    """Return the costs by stored orders, and the template of a stored order."""
    with backend(0.0) as servers, serving(VARIANTS, servers) as running:
        template = uvloop.run(prepare(servers.firestore, running["order_create"]))

        def cost(size: int) -> Mapping[str, float]:
            uvloop.run(restore(servers.firestore, str(size)))
            seconds = create_and_ship(running, BATCH_ORDERS, 1, CONCURRENCY)
            return {name: 1000 * each / BATCH_ORDERS for name, each in seconds.items()}

        return measure_interleaved(rounds, SIZES, cost, passes=batches), template


async def prepare(address: str, creator: Server) -> Template:
    """Store orders and save the backend at every size; return the template of a stored order."""
    (first,) = orders.take(1, 1)
    await generator.saturate(creator.port, orders.pushes([first]), 1)
    async with open_channel(address, "") as channel:
        rpc = FirestoreRpc(channel, "bench")
        template = await Template.read(rpc, first["orderId"])
        stored = 1
        for size in SIZES:
            await fill(rpc, template, range(stored, size))
            await keep(address, str(size))
            stored = size
    return template
