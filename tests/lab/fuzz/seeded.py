"""A bug put in on purpose: the fuzzing has to find it, or it finds nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

from shared.contracts.field_types import Publication
from shared.contracts.order_create import OrderCreate
from tests.lab.fuzz.target import Target


class Careless(OrderCreate):
    """A contract whose parser takes every payload for text, as all examples are."""

    @classmethod
    def parse(
        cls, data: bytes, attributes: Mapping[str, str], publication: Publication | None = None
    ) -> Self:
        """Read a payload; raise UnicodeDecodeError for what is not UTF-8."""
        return super().parse(data.decode().encode(), attributes, publication)


class CarelessTarget(Target):
    """The deployed consumers, one of them with the careless contract."""

    def __post_init__(self) -> None:
        """Put the contract in its place."""
        found: Any = {key: route for key, route in self.routes.items() if route.contract is OrderCreate}
        self.routes = {
            **self.routes,
            **{key: replace(each, contract=Careless) for key, each in found.items()},
        }
        super().__post_init__()
