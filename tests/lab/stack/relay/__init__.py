"""The relay: push delivery as Pub/Sub does it, on top of the emulator.

The emulator ignores filters, pushes without ordering key and delivery attempt, and fails at an ordered
subscription with a dead-letter policy. So its subscriptions are plain. The relay pulls from them, applies the
policy of the topology, and pushes to the functions:

    pull -> backlog (one message per ordering key) -> filter -> push -> verdict
                                                                         | acknowledge
                                                                         | retry after a backoff
                                                                         | pause all pushes (push backoff)
                                                                         | publish to the dead-letter topic
"""

from tests.lab.stack.relay.counts import Counts
from tests.lab.stack.relay.relay import Relay

__all__ = ["Counts", "Relay"]
