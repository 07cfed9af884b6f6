"""Firestore and Pub/Sub reduced to their wire: cheap enough that the function is what saturates.

Google's emulators spend more processor time on a message than the function does: on a small machine they are
what a throughput figure would measure. This backend answers the same calls over the same protocol from
memory, without rules, indexes or preconditions. What is right is tested on the emulators; this only measures.
"""
