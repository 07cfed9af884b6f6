"""A story of real messages on the local stack: `python -m tests.lab.stack.demo`."""
