"""Push delivery simulated: what this machine showed, reproduced, and what it cannot show, extrapolated.

    arrivals -> backlog (one message per ordering key) -> push window -> service -> done
                       ^                                                    |
                       +---- backoff of the message, pause of all ----------+ refused

Two configurations share that way: the local relay with a fixed window over the parts of one machine, and
Pub/Sub with its slow start and push backoff over instances that Cloud Run starts as they are needed.
"""
