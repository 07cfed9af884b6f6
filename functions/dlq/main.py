"""Store dead letters for review (requirements 6.2)."""

from shared.bootstrap.dead_letters import dead_letter_consumer

handle = dead_letter_consumer()
