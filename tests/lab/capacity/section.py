"""The tables of the capacity section in measurements.md, written from the model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.lab.capacity import prices
from tests.lab.capacity.cost import Load, monthly, per_million, standing
from tests.lab.capacity.limits import limits
from tests.lab.capacity.model import need, ramp_minutes
from tests.lab.capacity.usage import ORDER, REJECTED, RESERVATION, Usage, read_recorded
from tests.lab.simulation.cloud_run import Function
from tests.lab.stack import topology
from tests.lab.stack.paths import ROOT

MEASUREMENTS_PAGE = ROOT / "tests" / "lab" / "measurements.md"
BEGIN = "<!-- capacity: `python -m tests.lab.capacity --write` writes this part -->\n"
END = "<!-- /capacity -->\n"

DEPLOYMENT_PAGE = ROOT / "terraform" / "README.md"
COSTS_BEGIN = "<!-- costs: `python -m tests.lab.capacity --write` writes this part -->\n"
COSTS_END = "<!-- /costs -->\n"
DEPLOYED_RATE = 100

RATES = (100, 1_000, 10_000, 100_000)
CALL_MS = 20.0
"""Approximate latency of a call of Firestore or Pub/Sub within a region, as in the bench."""

CALLS = {"order_create": 2, "inventory": 3}
"""Sequential round trips: a commit, then concurrent publishes; a change also reads first."""

NETWORK_MS = Function(cpu_ms=0).network_ms
ORDER_BYTES = 5000
CLAIMS = "processed_messages"


@dataclass(frozen=True)
class Costs:
    """Processor times from the bench, in ms, for an order of 5 KB."""

    order_create: float
    reservation: float
    """Of the request to reserve every sku of the order."""
    change: float
    """Of a change that leaves the lines as they are."""


def section(costs: Costs) -> str:
    """Return the whole section between its two comments."""
    usages = read_recorded()
    head = (
        f"From {costs.order_create:g} ms of processor for an order of 5 KB, {costs.reservation:g} ms to\n"
        f"reserve its skus, {costs.change:g} ms for the answer, and {CALL_MS:g} ms for each call.\n"
    )
    parts = [
        head,
        _instances(costs, usages),
        _dollars(costs, usages),
        _usage(usages),
        _limits(costs, usages),
        _prices(),
    ]
    return BEGIN + "\n".join(parts) + END


def deployment(costs: Costs) -> str:
    """Return the cost table of the deployment's page, between its two comments."""
    usages, functions = read_recorded(), topology.load().functions
    rest = standing(functions.values())
    loaded = monthly(DEPLOYED_RATE, [usages[ORDER], usages[RESERVATION]], loads(DEPLOYED_RATE, costs))
    rows = [[part, _usd(dollars), ""] for part, dollars in rest.items()]
    rows += [[part, "", _usd(dollars)] for part, dollars in loaded.items() if dollars >= 0.5]
    rows.append(["**all**", f"**{_usd(sum(rest.values()))}**", f"**{_usd(sum(loaded.values()))}**"])
    head = ["part", "without a message", f"{DEPLOYED_RATE} orders/s of 5 KB, with their reservations"]
    return COSTS_BEGIN + table(head, rows) + COSTS_END


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, row))} |\n" for row in lines)


def loads(rate: float, costs: Costs) -> list[Load]:
    """Return the loads of a rate of orders: their creation, their reservation, and its answer."""
    functions = topology.load().functions
    stock = (costs.reservation + costs.change) / 2
    rates = {"order_create": (rate, costs.order_create), "inventory": (2 * rate, stock)}
    return [
        Load(
            need(each, cpu_ms=cpu, wait_ms=CALLS[name] * CALL_MS, concurrency=functions[name].concurrency),
            functions[name],
        )
        for name, (each, cpu) in rates.items()
    ]


def _instances(costs: Costs, usages: dict[str, Usage]) -> str:
    claims = sum(usages[kind].writes[CLAIMS] for kind in (ORDER, RESERVATION))
    rows = []
    for rate in RATES:
        create, stock = (load.need for load in loads(rate, costs))
        cells = [
            f"{each.instances:,} ({each.limited_by}, {each.in_flight:.0f} at once)"
            for each in (create, stock)
        ]
        rows.append([f"{rate:,}", *cells, f"{ramp_minutes(claims * rate)} min"])
    head = [
        "orders/s",
        "`order_create`",
        "`inventory`",
        f"ramp of the cold claims collection ({claims} writes an order)",
    ]
    return "Instances at 60 % utilisation, their limit, and the concurrent requests of each:\n\n" + table(
        head, rows
    )


def _dollars(costs: Costs, usages: dict[str, Usage]) -> str:
    rows = []
    for rate in RATES:
        whole = loads(rate, costs)
        alone = monthly(rate, [usages[ORDER]], whole[:1])
        both = monthly(rate, [usages[ORDER], usages[RESERVATION]], whole)
        rows.append(
            [f"{rate:,}", _usd(sum(alone.values())), *map(_usd, both.values()), _usd(sum(both.values()))]
        )
    services = [*monthly(1, [], [])]
    head = ["orders/s", "creation alone", *(f"{each}" for each in services), "with its reservation"]
    kinds = {name: sum(per_million([each]).values()) for name, each in usages.items()}
    return (
        "Dollars a month at a steady rate and list prices, for the creation alone, and by service with the\n"
        "reservation:\n\n"
        + table(head, rows)
        + f"\nWithout instances, a million orders cost ${kinds[ORDER]:,.2f}, their reservations\n"
        f"${kinds[RESERVATION]:,.2f}, and a million rejected orders ${kinds[REJECTED]:,.2f} (five\n"
        "deliveries, a dead letter, a failed message).\n"
    )


def _usage(usages: dict[str, Usage]) -> str:
    rows = [
        [
            name,
            ", ".join(f"{count} `{function}`" for function, count in each.deliveries.items()),
            each.reads,
            ", ".join(f"{count} `{collection}`" for collection, count in each.writes.items()),
            each.expiring,
            f"{each.pubsub_bytes:,}",
            f"{each.log_bytes:,}",
        ]
        for name, each in usages.items()
    ]
    head = ["", "deliveries", "reads", "writes", "deletes by TTL", "Pub/Sub bytes", "log bytes"]
    return (
        "Usage of an order of 5 KB, counted from its calls (`tests/lab/tests/test_capacity_usage.py`):\n\n"
        + table(head, rows)
    )


def _limits(costs: Costs, usages: dict[str, Usage]) -> str:
    function = topology.load().functions["order_create"]
    found = limits(
        usages[ORDER],
        usages[RESERVATION],
        order_bytes=ORDER_BYTES,
        push_ms=costs.order_create + CALLS["order_create"] * CALL_MS + NETWORK_MS,
        cpu_ms=costs.order_create,
        max_instances=function.max_instances,
    )
    rows = [[limit.what, f"{limit.orders_a_second:,.0f}", limit.scope] for limit in found]
    return "Limits, in orders a second:\n\n" + table(["limit", "orders/s", "counted for"], rows)


def _prices() -> str:
    rows = [
        [
            each.what,
            f"${each.usd:.8f}".rstrip("0").rstrip("."),
            _per(each),
            each.source,
            each.checked,
            each.note,
        ]
        for each in prices.PRICES
    ]
    introduction = (
        f"Prices in {prices.REGION}, as published: check before use. `published` comes from the named page;\n"
        "`tier` from another page that quotes the price of this region's tier; `elsewhere` is the price of\n"
        "another region, because this one's was not available.\n\n"
    )
    return introduction + table(["what", "price", "for", "source", "checked", "note"], rows)


def _per(price: prices.Price) -> str:
    amounts = {prices.TIB: "TiB", prices.GIB: "GiB", 2**20: "MiB"}
    if price.per in amounts:
        return amounts[int(price.per)] + ("-month" if price.unit.endswith("month") else "")
    return f"{price.per:,.0f} {price.unit}" + ("s" if price.per > 1 else "")


def _usd(dollars: float) -> str:
    return f"${dollars:,.0f}"


def replace_section(page: str, part: str) -> str:
    """Return a page with the text between the first and last line of `part` replaced by `part`."""
    begin, end = part.splitlines(keepends=True)[0], part.splitlines(keepends=True)[-1]
    before, rest = page.split(begin, 1)
    return before + part + rest.split(end, 1)[1]
