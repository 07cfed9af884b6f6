"""Metrics, logs and traces of deliveries; no handler contains any."""
