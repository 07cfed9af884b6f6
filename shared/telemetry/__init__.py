"""Metrics, logs and traces; no handler contains any."""
