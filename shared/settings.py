"""What the environment tells a function; read once, and nowhere else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Json, ValidationError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
KMS_KEY = "^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$"


def _secure(url: str | None) -> str | None:
    parts = urlsplit(url or "")
    if url and parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("must be an https URL")
    return url


def _listed(names: str | tuple[str, ...]) -> tuple[str, ...]:
    return (
        tuple(name.strip() for name in names.split(",") if name.strip()) if isinstance(names, str) else names
    )


class SettingsInvalid(Exception):
    """The environment lacks something; the text lists every problem by its variable, without values."""


class Subscription(BaseModel):
    """One subscription that pushes to this function."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    topic: str
    on_reject: Literal["redeliver", "dead_letter"] = "redeliver"
    dead_letter_topic: str | None = None
    function: str | None = None
    """The function it pushes to, where that is another one."""


class KeysetSettings(BaseModel):
    """Where the keys are, each from the variable named by its alias."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    keyset_file: Annotated[Path, Field(alias="KEYSET_FILE")]
    keyset_kms_key: Annotated[str | None, Field(alias="KEYSET_KMS_KEY", pattern=KMS_KEY)] = None
    """The key of Cloud KMS that wraps the keyset; without it the file holds the keyset itself."""
    kms_emulator: Annotated[str | None, Field(alias="KMS_EMULATOR_HOST")] = None

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """Read the environment; raise SettingsInvalid with every problem at once."""
        try:
            return cls.model_validate({**environ})
        except ValidationError as invalid:
            raise SettingsInvalid("; ".join(_problem(each) for each in _errors(invalid))) from None


class Settings(KeysetSettings):
    """A function's settings."""

    project: Annotated[str, Field(alias="GOOGLE_CLOUD_PROJECT", min_length=1)]
    subscriptions: Annotated[Json[dict[str, Subscription]], Field(alias="SUBSCRIPTIONS")]
    firestore_emulator: Annotated[str | None, Field(alias="FIRESTORE_EMULATOR_HOST")] = None
    pubsub_emulator: Annotated[str | None, Field(alias="PUBSUB_EMULATOR_HOST")] = None
    credentials_file: Annotated[str | None, Field(alias="CREDENTIALS_FILE")] = None
    """A service account's key, where the platform mounts one; keyless without it (requirements 9.1)."""
    service: Annotated[str, Field(alias="K_SERVICE")] = "local"
    """What the platform calls this function; its errors are reported by it."""
    revision: Annotated[str, Field(alias="K_REVISION")] = "local"
    alert_webhook_url: Annotated[str | None, Field(alias="ALERT_WEBHOOK_URL"), AfterValidator(_secure)] = None
    """Where critical failures are told, besides the log; HTTPS, or this machine."""
    push_audience: Annotated[str, Field(alias="PUSH_AUDIENCE")] = ""
    """What push tokens are made for: the function's URL."""
    push_accounts: Annotated[tuple[str, ...], BeforeValidator(_listed), Field(alias="PUSH_ACCOUNTS")] = ()
    """Accounts that may push, commas between; where there are any, their tokens are verified here, too."""
    max_ahead_seconds: Annotated[float, Field(alias="MAX_AHEAD_SECONDS", ge=0)] = 86_400.0
    """How far after its publication a message may say that something happened."""
    location: Annotated[str, Field(alias="LOCATION")] = "global"
    """The region, for the metrics' resource."""
    monitoring_emulator: Annotated[str | None, Field(alias="MONITORING_EMULATOR_HOST")] = None
    metrics_interval_seconds: Annotated[float, Field(alias="METRICS_INTERVAL_SECONDS", gt=0)] = 60.0
    """Between two exports of metrics; Cloud Monitoring takes 10 and more."""
    trace_sample_ratio: Annotated[float, Field(alias="TRACE_SAMPLE_RATIO", ge=0, le=1)] = 0.0
    """The share of messages whose spans are exported; of none, tracing is not even loaded."""

    @property
    def emulated(self) -> bool:
        """Say whether this runs against emulators, and nothing may be sent to Google."""
        return bool(self.firestore_emulator or self.pubsub_emulator)


class ConsoleSettings(Settings):
    """The settings of the function that reviews the failures of all others."""

    function_urls: Annotated[Json[dict[str, str]], Field(alias="FUNCTION_URLS")]
    """The URL of each function that takes pushes, by name."""
    roles: Annotated[
        Json[dict[str, Literal["viewer", "operator", "approver"]]], Field(alias="CONSOLE_ROLES")
    ] = {}
    """The role of each person, by e-mail address; where there are any, others may only look."""
    deferred_retry_seconds: Annotated[float, Field(alias="DEFERRED_RETRY_SECONDS", gt=0)] = 60.0
    """The wait before the second look at a message that came too early; it doubles from there."""
    metrics_url: Annotated[str | None, Field(alias="METRICS_URL")] = None
    """Where the last 15 minutes' metrics are told as JSON, to be drawn; no charts without it."""

    @property
    def local(self) -> bool:
        """Say whether this runs against emulators, where nobody signs in."""
        return self.firestore_emulator is not None

    @property
    def functions(self) -> dict[str, str]:
        """Name the function behind each subscription."""
        return {name: each.function for name, each in self.subscriptions.items() if each.function}

    @property
    def urls(self) -> dict[str, str]:
        """Tell the URL of the function behind each subscription, where it is known."""
        behind = self.functions.items()
        return {name: self.function_urls[each] for name, each in behind if each in self.function_urls}


def _errors(invalid: ValidationError) -> list[Any]:
    return list(invalid.errors(include_input=False, include_context=False, include_url=False))


def _problem(error: Mapping[str, Any]) -> str:
    return f"{'.'.join(str(step) for step in error['loc'])}: {error['msg']}"
