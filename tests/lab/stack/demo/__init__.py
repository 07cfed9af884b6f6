"""A story told with real messages on the local stack: `python -m tests.lab.stack.demo`."""
