"""What the demo prints: messages, orders with their timelines, failed messages."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from shared.consumer.idempotency import Claim
from shared.domain.order import Order
from shared.domain.order_position import order_position
from shared.domain.payment_position import PaymentPosition
from tests.lab.stack.demo.player import Result

RIGHT = "[green]as expected[/green]"
WRONG = "[red]not as expected[/red]"


def messages_table(results: Iterable[Result]) -> Table:
    """Draw every message with the outcome of each delivery."""
    table = _table("What became of each message", "message", "topic", "deliveries", "order", "")
    for result in results:
        step = result.step
        table.add_row(
            step.title,
            step.topic,
            _counted(result.outcomes),
            result.status or "",
            RIGHT if result.as_expected else f"{WRONG}: {_counted(step.outcomes)}",
        )
    return table


def orders_table(orders: Sequence[Order]) -> Table:
    """Draw the orders with their money and their timelines."""
    table = _table("The orders", "order", "status", "payment", "money", "timeline")
    for order in orders:
        position = order.position or order_position(order)
        timeline = "\n".join(f"{each.at:%m-%d %H:%M} {each.event}" for each in order.history)
        table.add_row(
            order.order_id, order.status, position.payment_status, _money(order, position), timeline
        )
    return table


def claims_table(claims: Iterable[Claim]) -> Table:
    """Draw claims with the ids of the events they caused."""
    table = _table("Claims: why nothing happens twice", "scope", "key", "event", "eventId")
    for claim in claims:
        for event in claim.outbox:
            told = event.attributes
            table.add_row(claim.scope, claim.key, told["eventType"], told["eventId"])
    return table


def failures_table(results: Iterable[Result]) -> Table:
    """Draw the failed messages with their reasons."""
    table = _table("Failed messages, kept for review", "subscription", "reason", "detail", "tried")
    for failed in (result.failed for result in results if result.failed):
        table.add_row(
            failed["originalSubscription"],
            failed["failureReason"],
            failed["failureDetail"],
            str(failed["deliveryAttempts"]),
        )
    return table


def show(console: Console, tables: Iterable[Table]) -> None:
    """Print tables, a line apart."""
    for table in tables:
        console.print(table)
        console.print()


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", show_lines=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _counted(outcomes: Sequence[str]) -> str:
    runs: list[tuple[str, int]] = []
    for outcome in outcomes:
        if runs and runs[-1][0] == outcome:
            runs[-1] = (outcome, runs[-1][1] + 1)
        else:
            runs.append((outcome, 1))
    return ", ".join(f"{outcome} x{times}" if times > 1 else outcome for outcome, times in runs)


def settlement(orders: Sequence[Order]) -> str:
    """Say that every order's payment is settled, or what is left to do."""
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
