"""The environment variables of the functions, with the names that production uses."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from shared.settings import ConsoleSettings
from tests.lab.stack.emulators import Emulators
from tests.lab.stack.paths import ROOT
from tests.lab.stack.topology import Subscription, load

FUNCTION_VARIABLES = tuple(str(field.alias) for field in ConsoleSettings.model_fields.values())
"""Every variable that a function or the console reads."""


def function_environment(
    project: str, servers: Emulators, keyset: Path, subscriptions: Mapping[str, Subscription]
) -> dict[str, str]:
    """Return the environment of a function's process: this process's, with the function's variables."""
    inherited = {name: value for name, value in os.environ.items() if name not in FUNCTION_VARIABLES}
    return inherited | {
        "GOOGLE_CLOUD_PROJECT": project,
        **servers.variables,
        "KEYSET_FILE": str(keyset),
        "SUBSCRIPTIONS": json.dumps(
            {
                name: {
                    **_policy(entry),
                    "catch_all": entry.catch_all,
                    "producers": _producers(entry.topic),
                }
                for name, entry in subscriptions.items()
            }
        ),
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
        "PYTHONPATH": os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(ROOT)))),
        "PYTHONUNBUFFERED": "1",
    }


def _policy(subscription: Subscription) -> dict[str, str | int | None]:
    return {
        "topic": subscription.topic,
        "on_reject": subscription.on_reject.value,
        "nacks_per_minute": subscription.nacks_per_minute,
        "dead_letter_topic": subscription.dead_letter_topic,
    }


def _producers(topic: str) -> list[str]:
    entry = load().topics.get(topic)
    return entry.producers if entry else []


def console_subscriptions(subscriptions: Mapping[str, Subscription]) -> str:
    """Return the value of SUBSCRIPTIONS for the console: every subscription with its function."""
    policies = {
        name: {**_policy(entry), "function": entry.function, "automatic_replay": entry.automatic_replay}
        for name, entry in subscriptions.items()
    }
    return json.dumps(policies)
