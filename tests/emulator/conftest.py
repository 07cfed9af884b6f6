"""One stack for all tests of this folder that use the whole of it."""

from tests.shared_stack import stack

__all__ = ["stack"]
