"""The wire: the push envelope, one contract per topic, outgoing events and dead letters."""
