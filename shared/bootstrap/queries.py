"""Queries, which only functions that review failed messages make."""

from shared.adapters.firestore.query import FirestoreQueries
from shared.bootstrap.adapters import Adapters


def queries_of(adapters: Adapters) -> FirestoreQueries:
    """Make queries over the channel that the adapters share."""
    return FirestoreQueries(
        adapters.firestore_channel, adapters.settings.project, metadata=adapters.firestore_metadata
    )
