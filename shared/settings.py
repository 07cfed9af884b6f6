"""A function's settings. This is the only module that reads the environment."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Json,
    ValidationError,
)

from shared.domain.currencies import check_currency_code

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
KMS_KEY_PATTERN = "^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$"


def _require_https(url: str | None) -> str | None:
    parts = urlsplit(url or "")
    if url and parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS):
        raise ValueError("must be an https URL")
    return url


def _check_utc_offset(offset: str) -> str:
    try:
        _time_zone(offset)
    except ValueError:
        raise ValueError("must be an offset from UTC, such as +07:00") from None
    return offset


def _time_zone(offset: str) -> timezone:
    return timezone(datetime.strptime(offset, "%z").utcoffset() or timedelta())


def _split_names(names: str | tuple[str, ...]) -> tuple[str, ...]:
    return (
        tuple(name.strip() for name in names.split(",") if name.strip()) if isinstance(names, str) else names
    )


class SettingsInvalid(Exception):
    """The environment is invalid; the text lists every problem by its variable, without values."""


class Subscription(BaseModel):
    """One subscription that pushes to this function."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    topic: str
    producers: tuple[str, ...] = ()
    """Values of the attribute `source` that are accepted; empty where every one is."""
    on_reject: Literal["redeliver", "dead_letter"] = "redeliver"
    catch_all: bool = False
    """It takes the event types that no other subscription of its topic takes; the function rejects them."""
    nacks_per_minute: int = Field(default=80, ge=0)
    """The nack budget: rejected and deferred deliveries that all instances together answer negatively."""
    dead_letter_topic: str | None = None
    automatic_replay: bool = True
    """Whether the console replays messages automatically, where the failure may pass without a person."""
    function: str | None = None
    """The function that it pushes to, where that is another one."""


class KeysetSettings(BaseModel):
    """The location of the keyset; each field is read from the variable in its alias."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        defer_build=True,  # a process reads one of the classes of settings: the others need no validator
    )

    keyset_file: Annotated[Path, Field(alias="KEYSET_FILE")]
    keyset_kms_key: Annotated[str | None, Field(alias="KEYSET_KMS_KEY", pattern=KMS_KEY_PATTERN)] = None
    """The key of Cloud KMS that wraps the keyset; without it the file has the plain keyset."""
    kms_emulator: Annotated[str | None, Field(alias="KMS_EMULATOR_HOST")] = None

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """Read the environment; raise SettingsInvalid with every problem at once."""
        try:
            return cls.model_validate({**environ})
        except ValidationError as invalid:
            raise SettingsInvalid("; ".join(_problem(each) for each in _errors(invalid))) from None


WebhookFormat = Literal["json", "slack", "teams"]


class Settings(KeysetSettings):
    """A function's settings."""

    project: Annotated[str, Field(alias="GOOGLE_CLOUD_PROJECT", min_length=1)]
    subscriptions: Annotated[Json[dict[str, Subscription]], Field(alias="SUBSCRIPTIONS")]
    firestore_database: Annotated[str, Field(alias="FIRESTORE_DATABASE", min_length=1)] = "(default)"
    """The database; another one where a restored copy has taken its place."""
    min_order_version: Annotated[int, Field(alias="MIN_ORDER_VERSION", ge=0)] = 0
    """The lowest version of an order that changes: after a restore, above every version published before."""
    restored_to: Annotated[AwareDatetime | None, Field(alias="RESTORED_TO")] = None
    """The moment that the restored database is a copy of."""
    restored_at: Annotated[AwareDatetime | None, Field(alias="RESTORED_AT")] = None
    """When the copy took the place of the database that was lost."""
    firestore_emulator: Annotated[str | None, Field(alias="FIRESTORE_EMULATOR_HOST")] = None
    pubsub_emulator: Annotated[str | None, Field(alias="PUBSUB_EMULATOR_HOST")] = None
    credentials_file: Annotated[str | None, Field(alias="CREDENTIALS_FILE")] = None
    """The file of a service account's key (requirements 9.1); without it the platform's identity is used."""
    service: Annotated[str, Field(alias="K_SERVICE")] = "local"
    """The platform's name of this function; error reports have it."""
    revision: Annotated[str, Field(alias="K_REVISION")] = "local"
    default_currency: Annotated[str, Field(alias="DEFAULT_CURRENCY"), AfterValidator(check_currency_code)] = (
        "THB"
    )
    """ISO 4217: the currency of orders that name none."""
    default_utc_offset: Annotated[
        str, Field(alias="DEFAULT_UTC_OFFSET"), AfterValidator(_check_utc_offset)
    ] = "+07:00"
    """The time zone of `timestamp` attributes without an offset; the default is Bangkok's."""
    alert_webhook_url: Annotated[
        str | None, Field(alias="ALERT_WEBHOOK_URL"), AfterValidator(_require_https)
    ] = None
    """Receives notifications in addition to the log; HTTPS, or plain HTTP on this machine."""
    alert_webhook_format: Annotated[WebhookFormat, Field(alias="ALERT_WEBHOOK_FORMAT")] = "json"
    """The format of the webhook's messages."""
    console_url: Annotated[str | None, Field(alias="CONSOLE_URL")] = None
    """The console's address; notifications link to it."""
    push_audience: Annotated[str, Field(alias="PUSH_AUDIENCE")] = ""
    """The audience of push tokens: the function's URL."""
    push_accounts: Annotated[
        tuple[str, ...], BeforeValidator(_split_names), Field(alias="PUSH_ACCOUNTS")
    ] = ()
    """Accounts that may push, separated by commas. With any, the function verifies their tokens too."""
    max_ahead_seconds: Annotated[float, Field(alias="MAX_AHEAD_SECONDS", ge=0)] = 86_400.0
    """How far after its publication a message may say that something happened."""
    location: Annotated[str, Field(alias="LOCATION")] = "global"
    """The region of the metrics' resource."""
    monitoring_emulator: Annotated[str | None, Field(alias="MONITORING_EMULATOR_HOST")] = None
    metrics_interval_seconds: Annotated[float, Field(alias="METRICS_INTERVAL_SECONDS", gt=0)] = 60.0
    """The time between two exports of metrics; Cloud Monitoring refuses less than 10."""
    trace_sample_ratio: Annotated[float, Field(alias="TRACE_SAMPLE_RATIO", ge=0, le=1)] = 0.0
    """The share of messages with exported spans; with 0 the tracing library is not loaded."""

    @property
    def default_time_zone(self) -> timezone:
        """The time zone of a `timestamp` attribute without an offset."""
        return _time_zone(self.default_utc_offset)

    @property
    def lost_period(self) -> tuple[datetime, datetime] | None:
        """From the restored moment to the restore: work of this time was lost. None without a restore."""
        return (self.restored_to, self.restored_at) if self.restored_to and self.restored_at else None

    @property
    def emulated(self) -> bool:
        """Whether this runs against emulators; then nothing is sent to Google."""
        return bool(self.firestore_emulator or self.pubsub_emulator)


class ConsoleSettings(Settings):
    """The settings of the console."""

    function_urls: Annotated[Json[dict[str, str]], Field(alias="FUNCTION_URLS")]
    """The URL of each function that receives pushes, by name."""
    roles: Annotated[
        Json[dict[str, Literal["viewer", "operator", "approver"]]], Field(alias="CONSOLE_ROLES")
    ] = {}
    """The role of each person, by e-mail address. With any, other people are viewers."""
    deferred_retry_seconds: Annotated[float, Field(alias="DEFERRED_RETRY_SECONDS", gt=0)] = 60.0
    """The wait before the second automatic replay of a message; it doubles from there."""
    iap_audience: Annotated[str, Field(alias="IAP_AUDIENCE")] = ""
    """The audience of Identity-Aware Proxy's signed header: the console's backend."""
    schedule_account: Annotated[str, Field(alias="SCHEDULE_ACCOUNT")] = ""
    """The e-mail address of the account that calls the scheduled routes."""
    metrics_url: Annotated[str | None, Field(alias="METRICS_URL")] = None
    """The URL of the last 15 minutes' metrics as JSON; without it the console has no charts."""

    @property
    def local(self) -> bool:
        """Whether this runs against emulators, where people do not sign in."""
        return self.firestore_emulator is not None

    @property
    def functions(self) -> dict[str, str]:
        """Return the function of each subscription."""
        return {name: each.function for name, each in self.subscriptions.items() if each.function}

    @property
    def automatic_replay(self) -> dict[str, bool]:
        """Whether each subscription's messages may be replayed automatically."""
        return {name: self.subscriptions[name].automatic_replay for name in self.functions}

    @property
    def urls(self) -> dict[str, str]:
        """Return the URL of each subscription's function, where it is known."""
        functions = self.functions.items()
        return {name: self.function_urls[each] for name, each in functions if each in self.function_urls}


def _errors(invalid: ValidationError) -> list[Any]:
    return list(invalid.errors(include_input=False, include_context=False, include_url=False))


def _problem(error: Mapping[str, Any]) -> str:
    return f"{'.'.join(str(step) for step in error['loc'])}: {error['msg']}"
