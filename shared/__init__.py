"""What all functions have in common: contracts, rules, claims, and the way of a message."""

import os

# Pydantic would search the metadata of every installed package for plugins, at each start.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
