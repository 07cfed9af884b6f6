"""Store dead letters for review (requirements 6.2)."""

from shared.bootstrap.dead_letters import build_dead_letter_consumer

handle = build_dead_letter_consumer()
