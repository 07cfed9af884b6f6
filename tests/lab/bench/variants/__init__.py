"""Other implementations of the functions for comparison, under the same framework and server."""
