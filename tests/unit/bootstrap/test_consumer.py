"""A consumer is built from its settings."""

import json
from datetime import timedelta

from shared.bootstrap.consumer import build_processor
from shared.bootstrap.push_function import subscription_topics
from shared.settings import Settings
from tests.fakes.publisher import MemoryPublisher
from tests.fakes.store import MemoryStore
from tests.messages import SUBSCRIPTION, TOPIC
from tests.unit.consumer.processors import ROUTES

ENVIRON = {
    "GOOGLE_CLOUD_PROJECT": "p",
    "KEYSET_FILE": "/keyset.json",
    "SUBSCRIPTIONS": json.dumps({SUBSCRIPTION: {"topic": TOPIC}}),
}


def test_settings_reach_the_processor() -> None:
    """Topics and the bound of event times come from the environment."""
    settings = Settings.read(ENVIRON | {"MAX_AHEAD_SECONDS": "60"})

    processor = build_processor(
        ROUTES, settings, MemoryStore(), MemoryPublisher(), topics=subscription_topics(settings)
    )

    assert processor.topics == {SUBSCRIPTION: TOPIC}
    assert processor.max_ahead == timedelta(seconds=60)
