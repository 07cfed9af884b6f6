"""The model of topics, subscriptions and functions, with the limits of Pub/Sub and Cloud Run."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from tests.lab.stack.filters import parse

ResourceName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.~+%-]{2,254}$")]
FunctionName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,48}$")]
Backoff = Annotated[int, Field(ge=0, le=600)]
Retention = Annotated[int, Field(ge=600, le=31 * 24 * 3600)]


def _filter(text: str) -> str:
    parse(text)
    return text


class OnReject(StrEnum):
    """How a message is handled that its function rejects permanently."""

    REDELIVER = "redeliver"
    DEAD_LETTER = "dead_letter"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Topic(_Entry):
    """A topic, or a dead-letter topic."""

    group: str
    retention_seconds: Retention
    producers: list[Annotated[str, Field(min_length=1)]] = []
    """Values of the attribute `source` that its functions accept; empty where they accept every one."""


class Subscription(_Entry):
    """A subscription with all defaults; times in whole seconds."""

    topic: str
    function: str
    filter: Annotated[str, AfterValidator(_filter)]
    ordering: bool
    ack_deadline_seconds: Annotated[int, Field(ge=10, le=600)]
    minimum_backoff_seconds: Backoff
    maximum_backoff_seconds: Backoff
    max_delivery_attempts: Annotated[int, Field(ge=5, le=100)]
    retention_seconds: Retention
    on_reject: Annotated[OnReject, Field(strict=False)]
    catch_all: bool
    nacks_per_minute: Annotated[int, Field(ge=0, le=6000)]
    automatic_replay: bool
    dead_letter_topic: str | None = None

    @field_validator("maximum_backoff_seconds")
    @classmethod
    def _not_below_the_minimum(cls, maximum: int, info: ValidationInfo) -> int:
        return _at_least("minimum_backoff_seconds", maximum, info)


class Function(_Entry):
    """The deployment of a function: memory in Kubernetes notation, cpu in cores, and its outgoing topics."""

    memory: Annotated[str, Field(pattern=r"^\d+(Mi|Gi)$")]
    cpu: Annotated[float, Field(gt=0, le=8)]
    concurrency: Annotated[int, Field(ge=1, le=1000)]
    min_instances: Annotated[int, Field(ge=0)]
    max_instances: Annotated[int, Field(ge=1)]
    timeout_seconds: Annotated[int, Field(ge=1, le=540)]
    publishes: list[str]

    @field_validator("concurrency")
    @classmethod
    def _needs_a_whole_core(cls, concurrency: int, info: ValidationInfo) -> int:
        if concurrency > 1 and info.data.get("cpu", 1) < 1:
            raise ValueError("concurrent requests need a cpu of at least 1")
        return concurrency

    @field_validator("max_instances")
    @classmethod
    def _not_below_the_minimum(cls, maximum: int, info: ValidationInfo) -> int:
        return _at_least("min_instances", maximum, info)


class Defaults(_Entry):
    """Default values of the entries; they are already merged into the entries."""

    topic: dict[str, Any] = {}
    subscription: dict[str, Any] = {}
    dead_letter_subscription: dict[str, Any] = {}
    function: dict[str, Any] = {}


class Topology(_Entry):
    """The whole file, with entries by name."""

    defaults: Defaults = Defaults()
    functions: dict[FunctionName, Function]
    topics: dict[ResourceName, Topic]
    subscriptions: dict[ResourceName, Subscription]
    dead_letter_topics: dict[ResourceName, Topic]
    dead_letter_subscriptions: dict[ResourceName, Subscription]

    @property
    def all_topics(self) -> dict[str, Topic]:
        """Return all topics, including dead-letter topics."""
        return self.topics | self.dead_letter_topics

    @property
    def all_subscriptions(self) -> dict[str, Subscription]:
        """Return all subscriptions, including those of dead letters."""
        return self.subscriptions | self.dead_letter_subscriptions

    def subscriptions_of(self, function: str) -> dict[str, Subscription]:
        """Return the subscriptions that push to a function, by name.

        Raises KeyError for an unknown function.
        """
        if function not in self.functions:
            raise KeyError(function)
        return {
            name: subscription
            for name, subscription in self.all_subscriptions.items()
            if subscription.function == function
        }


def _at_least(minimum_field: str, maximum: int, info: ValidationInfo) -> int:
    minimum = info.data.get(minimum_field, maximum)
    if maximum < minimum:
        raise ValueError(f"is below {minimum_field}, {minimum}")
    return maximum
