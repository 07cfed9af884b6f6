"""Record payments by a clock that is an hour behind."""

from datetime import timedelta

from functions.payment.main import handle
from tests.lab.chaos.conditions.clock import shift_clock

__all__ = ["handle"]

shift_clock(-timedelta(hours=1))
