"""Queries, which only functions that review failed messages make."""

from shared.bootstrap.adapters import Adapters
from shared.gcp.firestore.query import FirestoreQueries


def build_queries(adapters: Adapters) -> FirestoreQueries:
    """Make queries over the channel that the adapters share."""
    settings = adapters.settings
    return FirestoreQueries(
        adapters.firestore_channel,
        settings.project,
        settings.firestore_database,
        metadata=adapters.firestore_metadata,
    )
