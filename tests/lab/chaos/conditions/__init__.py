"""Adverse conditions under which the system must still be right, each as variants of functions."""

from pathlib import Path

FOLDER = Path(__file__).parent

CLOCKS_AN_HOUR_OFF = {
    "ship": FOLDER / "clock_ahead" / "main.py",
    "payment": FOLDER / "clock_behind" / "main.py",
}
"""The clock of shipments is an hour ahead, that of payments an hour behind."""

POISONOUS = "POISON"
POISON = {"order_create": FOLDER / "poison" / "main.py"}
"""The process exits at each delivery of a message with the text `POISONOUS`."""
