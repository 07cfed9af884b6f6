"""Simulation of push delivery: it reproduces what this machine showed, and extrapolates to production.

    arrivals -> backlog (one message per ordering key) -> push window -> service -> acknowledged
                       ^                                                    |
                       +---- backoff of the message, pause of all ----------+ refused

Two configurations share this path: the local relay with a fixed window on one machine, and Pub/Sub with its
slow start and push backoff on instances that Cloud Run starts on demand.
"""
