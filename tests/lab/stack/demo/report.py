"""The tables that the demo prints: messages, orders with their timelines, failed messages."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from shared.consumer.idempotency import Claim
from shared.domain.order import Order
from shared.domain.order_position import order_position
from shared.domain.payment_position import PaymentPosition
from tests.lab.stack.demo.player import Result

EXPECTED = "[green]as expected[/green]"
UNEXPECTED = "[red]not as expected[/red]"


def messages_table(results: Iterable[Result]) -> Table:
    """Return a table of the messages with the outcome of each delivery."""
    table = _table("Messages and their outcomes", "message", "topic", "deliveries", "order", "")
    for result in results:
        step = result.step
        table.add_row(
            step.title,
            step.topic,
            _summarize(result.outcomes),
            result.status or "",
            EXPECTED if result.as_expected else f"{UNEXPECTED}: {_summarize(step.outcomes)}",
        )
    return table


def orders_table(orders: Sequence[Order]) -> Table:
    """Return a table of the orders with their payments and timelines."""
    table = _table("Orders", "order", "status", "payment", "money", "timeline")
    for order in orders:
        position = order.position or order_position(order)
        timeline = "\n".join(f"{each.at:%m-%d %H:%M} {each.event}" for each in order.history)
        table.add_row(
            order.order_id, order.status, position.payment_status, _money(order, position), timeline
        )
    return table


def claims_table(claims: Iterable[Claim]) -> Table:
    """Return a table of the claims with the ids of their events."""
    table = _table("Claims: the idempotency records", "scope", "key", "event", "eventId")
    for claim in claims:
        for event in claim.outbox:
            attributes = event.attributes
            table.add_row(claim.scope, claim.key, attributes["eventType"], attributes["eventId"])
    return table


def failures_table(results: Iterable[Result]) -> Table:
    """Return a table of the failed messages with their reasons."""
    table = _table("Failed messages", "subscription", "reason", "detail", "attempts")
    for failed in (result.failed for result in results if result.failed):
        table.add_row(
            failed["originalSubscription"],
            failed["failureReason"],
            failed["failureDetail"],
            str(failed["deliveryAttempts"]),
        )
    return table


def show(console: Console, tables: Iterable[Table]) -> None:
    """Print the tables with blank lines between them."""
    for table in tables:
        console.print(table)
        console.print()


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", show_lines=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _summarize(outcomes: Sequence[str]) -> str:
    runs: list[tuple[str, int]] = []
    for outcome in outcomes:
        if runs and runs[-1][0] == outcome:
            runs[-1] = (outcome, runs[-1][1] + 1)
        else:
            runs.append((outcome, 1))
    return ", ".join(f"{outcome} x{times}" if times > 1 else outcome for outcome, times in runs)


def settlement(orders: Sequence[Order]) -> str:
    """Return a sentence that every order is settled, or a list of what is left to do."""
    left = {each.order_id: _to_do(each, each.position or order_position(each)) for each in orders}
    open_orders = [f"{order_id}: {', '.join(to_do)}" for order_id, to_do in left.items() if to_do]
    if not open_orders:
        return "All orders are settled: captured - refunded = due, and nothing is held."
    return "\n  ".join(
        [f"{len(orders) - len(open_orders)} of {len(orders)} orders are settled. Left to do:", *open_orders]
    )


def _money(order: Order, position: PaymentPosition) -> str:
    happened = {
        "due": position.due_minor,
        "authorised": position.authorized_minor,
        "captured": position.captured_minor,
        "refunded": position.refunded_minor,
    }
    lines = [f"{name} {_amount(order, minor)}" for name, minor in happened.items() if minor]
    return "\n".join([*lines, *(f"to {each}" for each in _to_do(order, position))])


def _to_do(order: Order, position: PaymentPosition) -> list[str]:
    left = {
        "capture": position.to_capture_minor,
        "authorise": position.to_authorize_minor,
        "void": position.to_void_minor,
        "refund": position.to_refund_minor,
    }
    return [f"{name} {_amount(order, minor)}" for name, minor in left.items() if minor]


def _amount(order: Order, minor: int) -> str:
    decimals = order.payment.decimals
    return f"{Decimal(minor).scaleb(-decimals):.{decimals}f}"
