"""A bad day for the console: 320 good orders, and 87 messages that fail in six groups."""
