"""The memory of a function's process: its trend over many messages, and its peak."""
