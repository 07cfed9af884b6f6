"""How the pictures look: colours, sizes in inches and points, numbers as people read them."""

import math

INK, FAINT, GRID = "#202124", "#5f6368", "#e8eaed"
PAGE, CARD = "#f1f3f4", "#ffffff"
ALERT = "#e37400"
LINES = ("#1a73e8", "#d93025", "#188038", "#9334e6", "#12858d", "#b80672", "#7a5901", "#9e9d24")
"""As many lines of a tile are told apart by colour; the rest are grey."""

OTHERS = "#bdc1c6"

COLUMN, ROW = 0.345, 0.27
"""Inches of the dashboard's grid."""

HEAD, FOOT = 0.95, 1.05
GAP = 0.09
HEADING, TITLE, TEXT, SMALL = 18.0, 12.5, 10.5, 9.0


def number(value: float) -> str:
    """Write a number for a person: 1,000 and 0.05, not 1e+03 and 0.0500."""
    return "0" if math.isclose(value, 0, abs_tol=1e-9) else f"{value:,.6g}"


def minutes(seconds: float) -> str:
    """Write a time since the beginning, given in seconds."""
    return f"{number(seconds / 60)} min"
