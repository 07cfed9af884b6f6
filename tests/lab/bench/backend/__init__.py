"""Firestore and Pub/Sub reduced to their wire protocol, cheap enough that the function saturates first.

Google's emulators use more processor time per message than the function does. On a small machine a throughput
measurement would measure them. This backend answers the same calls over the same protocol from memory,
without rules, indexes or preconditions. Correctness is tested on the emulators; this backend serves
measurements only.
"""
