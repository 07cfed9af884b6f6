"""The wire: the push envelope, one contract per kind of message, outgoing events and dead letters."""
