"""The look of the pictures: colours, sizes in inches and points, and number formats."""

import math

INK, FAINT, GRID = "#202124", "#5f6368", "#e8eaed"
PAGE, CARD = "#f1f3f4", "#ffffff"
ALERT = "#e37400"
LINES = ("#1a73e8", "#d93025", "#188038", "#9334e6", "#12858d", "#b80672", "#7a5901", "#9e9d24")
"""The colours of a tile's first lines; the others are grey."""

OTHER_LINES = "#bdc1c6"

COLUMN, ROW = 0.345, 0.27
"""Size of a grid cell in inches."""

HEAD, FOOT = 0.95, 1.05
GAP = 0.09
HEADING, TITLE, TEXT, SMALL = 18.0, 12.5, 10.5, 9.0


def number(value: float) -> str:
    """Format a number for people: 1,000 and 0.05, not 1e+03 and 0.0500."""
    return "0" if math.isclose(value, 0, abs_tol=1e-9) else f"{value:,.6g}"


def minutes(seconds: float) -> str:
    """Format a number of seconds as minutes."""
    return f"{number(seconds / 60)} min"
