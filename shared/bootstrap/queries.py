"""Queries, which only functions that review failed messages make."""

from shared.bootstrap.adapters import Adapters
from shared.gcp.firestore.query import FirestoreQueries


def queries_of(adapters: Adapters) -> FirestoreQueries:
    """Make queries over the channel that the adapters share."""
    return FirestoreQueries(
        adapters.firestore_channel, adapters.settings.project, metadata=adapters.firestore_metadata
    )
