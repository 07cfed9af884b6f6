"""The laboratory: the local stack, and the measurements and experiments on it."""
