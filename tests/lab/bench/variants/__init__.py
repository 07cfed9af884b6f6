"""Other ways to write the same function, to compare with; each runs under the same framework and server."""
