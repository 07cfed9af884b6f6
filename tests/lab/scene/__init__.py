"""A bad day for the console: 160 good orders, and 87 messages that fail in six groups."""
