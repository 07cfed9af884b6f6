"""A small palette that keeps the picture files small: the colours of the look and their shades."""

from io import BytesIO
from pathlib import Path

from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from tests.lab.dashboards import look

SHADES = 14
"""Steps from a background to a colour on it."""

SHADED_PAIRS = (
    *(
        (look.CARD, each)
        for each in (*look.LINES, look.OTHER_LINES, look.ALERT, look.GRID, look.INK, look.FAINT)
    ),
    *((look.PAGE, each) for each in (look.INK, look.FAINT)),
)
COLOURS = 256


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG with the palette."""
    drawn = BytesIO()
    figure.savefig(drawn, format="png")
    with Image.open(drawn) as image:
        image.convert("RGB").quantize(palette=_palette(), dither=Image.Dither.NONE).save(path, optimize=True)


def _palette() -> Image.Image:
    colours = [_mix(*pair, step / (SHADES - 1)) for pair in SHADED_PAIRS for step in range(SHADES)]
    image = Image.new("P", (1, 1))
    image.putpalette([channel for colour in colours[:COLOURS] for channel in colour])
    return image


def _mix(background: str, colour: str, share: float) -> list[int]:
    """Return red, green and blue (0 to 255) of a share of a colour over a background."""
    pairs = zip(to_rgb(background), to_rgb(colour), strict=True)
    return [round(255 * (below + share * (above - below))) for below, above in pairs]
