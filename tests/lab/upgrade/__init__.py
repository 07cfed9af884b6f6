"""The drill of an upgrade: the last release's functions and the present ones serve the same subscriptions."""
