"""A seeded bug, which the fuzzing must find."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

from shared.contracts.order_create import OrderCreate
from shared.contracts.time_types import Publication
from tests.lab.fuzz.target import Target


class Careless(OrderCreate):
    """A contract with a parser that assumes UTF-8 text, as in all examples."""

    @classmethod
    def parse(
        cls, data: bytes, attributes: Mapping[str, str], publication: Publication | None = None
    ) -> Self:
        """Parse a payload. Raises UnicodeDecodeError for bytes that are not UTF-8."""
        return super().parse(data.decode().encode(), attributes, publication)


class CarelessTarget(Target):
    """The deployed consumers, one of them with the careless contract."""

    def __post_init__(self) -> None:
        """Replace the contract of order creation."""
        found: Any = {key: route for key, route in self.routes.items() if route.contract is OrderCreate}
        self.routes = {
            **self.routes,
            **{key: replace(each, contract=Careless) for key, each in found.items()},
        }
        super().__post_init__()
