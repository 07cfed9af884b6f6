"""The environment is read once, and everything wrong with it is reported at once."""

import json
from pathlib import Path

import pytest

from shared.settings import Settings, SettingsInvalid, Subscription

SUBSCRIPTIONS = {
    "order-create-sub": {
        "topic": "order-create",
        "on_reject": "dead_letter",
        "dead_letter_topic": "order-create-dlq",
    }
}
ENVIRON = {
    "GOOGLE_CLOUD_PROJECT": "orders-prod",
    "KEYSET_FILE": "/secrets/keyset.json",
    "SUBSCRIPTIONS": json.dumps(SUBSCRIPTIONS),
}


def test_a_deployed_environment_is_read() -> None:
    """Without emulators and a mounted key the services of Google are spoken to, without a key."""
    settings = Settings.read(ENVIRON)

    assert settings.project == "orders-prod"
    assert settings.keyset_file == Path("/secrets/keyset.json")
    assert (settings.firestore_emulator, settings.pubsub_emulator) == (None, None)
    assert settings.credentials_file is None
    assert settings.subscriptions == {
        "order-create-sub": Subscription(
            topic="order-create", on_reject="dead_letter", dead_letter_topic="order-create-dlq"
        )
    }


def test_a_local_environment_names_the_emulators() -> None:
    """The emulators' variables and a service account's key are taken where they are set."""
    local = {
        "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1",
        "PUBSUB_EMULATOR_HOST": "127.0.0.1:2",
        "CREDENTIALS_FILE": "/secrets/pubsub-sa.json",
    }

    settings = Settings.read(ENVIRON | local)

    assert (settings.firestore_emulator, settings.pubsub_emulator) == ("127.0.0.1:1", "127.0.0.1:2")
    assert settings.credentials_file == "/secrets/pubsub-sa.json"


def test_every_problem_is_reported_by_its_variable() -> None:
    """An empty environment is refused with all that is missing in one text."""
    with pytest.raises(SettingsInvalid) as refused:
        Settings.read({})

    for variable in ENVIRON:
        assert variable in str(refused.value)


@pytest.mark.parametrize(
    ("subscriptions", "named"),
    [
        ("no json", "SUBSCRIPTIONS"),
        ("[]", "SUBSCRIPTIONS"),
        ('{"a-sub": {}}', "SUBSCRIPTIONS.a-sub.topic"),
        ('{"a-sub": {"topic": "t", "on_reject": "drop"}}', "SUBSCRIPTIONS.a-sub.on_reject"),
        ('{"a-sub": {"topic": "t", "nacks_per_minute": -1}}', "SUBSCRIPTIONS.a-sub.nacks_per_minute"),
        ('{"a-sub": {"topic": "t", "filter": "x"}}', "SUBSCRIPTIONS.a-sub.filter"),
    ],
)
def test_subscriptions_are_checked_to_the_last_key(subscriptions: str, named: str) -> None:
    """What a subscription lacks, misspells or adds is reported by its path."""
    with pytest.raises(SettingsInvalid, match=named):
        Settings.read(ENVIRON | {"SUBSCRIPTIONS": subscriptions})


def test_no_value_is_reported() -> None:
    """A text about a bad environment does not quote it: it is written to the log."""
    with pytest.raises(SettingsInvalid) as refused:
        Settings.read({"SUBSCRIPTIONS": '{"a": {"topic": "t", "on_reject": "secret-value"}}'})

    assert "secret-value" not in str(refused.value)
