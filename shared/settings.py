"""What the environment tells a function; read once, and nowhere else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, Json, ValidationError


class SettingsInvalid(Exception):
    """The environment lacks something; the text lists every problem by its variable, without values."""


class Subscription(BaseModel):
    """One subscription that pushes to this function."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    topic: str
    on_reject: Literal["redeliver", "dead_letter"] = "redeliver"
    dead_letter_topic: str | None = None


class Settings(BaseModel):
    """A function's settings, each from the variable named by its alias."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    project: Annotated[str, Field(alias="GOOGLE_CLOUD_PROJECT", min_length=1)]
    subscriptions: Annotated[Json[dict[str, Subscription]], Field(alias="SUBSCRIPTIONS")]
    keyset_file: Annotated[Path, Field(alias="KEYSET_FILE")]
    firestore_emulator: Annotated[str | None, Field(alias="FIRESTORE_EMULATOR_HOST")] = None
    pubsub_emulator: Annotated[str | None, Field(alias="PUBSUB_EMULATOR_HOST")] = None
    credentials_file: Annotated[str | None, Field(alias="CREDENTIALS_FILE")] = None
    """A service account's key, where the platform mounts one; keyless without it (requirements 9.1)."""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the environment; raise SettingsInvalid with every problem at once."""
        try:
            return cls.model_validate({**environ})
        except ValidationError as invalid:
            raise SettingsInvalid("; ".join(_problem(each) for each in _errors(invalid))) from None


def _errors(invalid: ValidationError) -> list[Any]:
    return list(invalid.errors(include_input=False, include_context=False, include_url=False))


def _problem(error: Mapping[str, Any]) -> str:
    return f"{'.'.join(str(step) for step in error['loc'])}: {error['msg']}"
