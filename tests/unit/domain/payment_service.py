"""A payment service that acts on payment positions by their documented rule, and keeps books of its own."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.unit.domain.interleaving import Choice, Delivery, Message
from tests.unit.domain.money_life import LATE, authorisation, capture, refund


class PaymentService:
    """Act on the position with the highest version; bring the own totals to what it asks for.

    Attributes:
        captured: by payment, what was captured; likewise `refunded`, and `held` by authorisation.
    """

    def __init__(self) -> None:
        self.captured: Counter[str] = Counter()
        self.refunded: Counter[str] = Counter()
        self.held: Counter[str] = Counter()
        self._version = 0
        self._movements = 0

    def authorize(self, minor: int) -> Message:
        """Hold an amount before any position asks for it."""
        number = self._next()
        self.held[number] += minor
        return authorisation(number, number, minor, LATE)

    def act(self, position: dict[str, Any]) -> list[Message]:
        """Act on a position, unless a later one was acted on; return what happened."""
        if position["orderVersion"] <= self._version:
            return []
        self._version = position["orderVersion"]
        asked = position["capturedMinor"] + position["toCaptureMinor"] + position["toAuthorizeMinor"]
        authorizes = position["paymentMethod"] == "CC"
        happened = self._capture(max(0, asked - self.captured.total()), authorizes=authorizes)
        asked = position["refundedMinor"] + position["toRefundMinor"]
        happened += self._refund(max(0, asked - self.refunded.total()))
        for each in position["payments"]:
            for authorization in each["voidAuthorizationIds"]:
                del self.held[authorization.removeprefix("AUTH-")]
        return happened

    def _capture(self, minor: int, *, authorizes: bool) -> list[Message]:
        """Capture from what is held, and authorise what is missing."""
        happened = []
        for number, held in list(self.held.items()):
            taken = min(held, minor) if authorizes else 0
            if taken:
                self.held[number] -= taken
                minor -= taken
                happened.append(self._taken(number, taken))
        if minor:
            number = self._next()
            happened += [authorisation(number, number, minor, LATE)] if authorizes else []
            happened.append(self._taken(number, minor))
        return happened

    def _taken(self, payment: str, minor: int) -> Message:
        self.captured[payment] += minor
        return capture(payment, self._next(), minor)

    def _refund(self, minor: int) -> list[Message]:
        happened = []
        for payment, captured in self.captured.items():
            returned = min(minor, captured - self.refunded[payment])
            if returned:
                minor -= returned
                self.refunded[payment] += returned
                happened.append(refund(payment, self._next(), returned))
        return happened

    def _next(self) -> str:
        self._movements += 1
        return f"{self._movements:03}"


@dataclass
class Play:
    """The functions and a payment service that drops event ids it has seen, each by chance."""

    delivery: Delivery
    service: PaymentService
    events: list[dict[str, Any]] = field(default_factory=list)
    """Positions that the service has not got yet."""
    seen: set[str] = field(default_factory=set)

    async def deliver_by_chance(self, choices: Iterable[Choice], *, acts: bool = True) -> None:
        """Deliver some messages to the functions, and some positions to the service where it acts."""
        for choice in choices:
            self._collect()
            if acts and self.events and choice.which % 2:
                event = self.events[choice.which % len(self.events)]
                if not choice.again:
                    self.events.remove(event)
                self.delivery.waiting += self.service.act(event)
            elif self.delivery.waiting:
                await self.delivery._chance(choice)

    def skip_to_latest(self) -> None:
        """Drop every position but the one with the highest version, as a service does that was stopped."""
        self._collect()
        self.events = sorted(self.events, key=lambda each: each["orderVersion"])[-1:]

    async def deliver_all(self) -> None:
        """Deliver all messages, then all positions, until none is left."""
        self._collect()
        while self.delivery.waiting or self.events:
            await self.delivery.run()
            self._collect()
            while self.events:
                self.delivery.waiting += self.service.act(self.events.pop())

    def _collect(self) -> None:
        """Take up the positions that were published since."""
        for event_id, (_, kind, _, payload) in self.delivery.events.items():
            if kind == "payment.position_changed" and event_id not in self.seen:
                self.seen.add(event_id)
                self.events.append(payload)
