"""The picture of a memory report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.lab.growth.plot import COLOURS, STYLE

MIB = 1 << 20
BARS = {
    "deployed": ("#e6e6e6", "deployed"),
    "highest": ("#c8553d", "highest"),
    "after": ("#e8a87c", "after the answer"),
    "before": ("#1b6ca8", "before"),
}
"""The bars of a peak, largest first, because they overlap."""


def draw(report: Mapping[str, Any], path: Path) -> None:
    """Draw resident memory by messages with its trend, and peaks beside the deployed memory."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9, 3.6), layout="constrained")
        by_messages, peaks = figure.subplots(1, 2)
        for name, colour in COLOURS.items():
            _steady(by_messages, report["steady"][name], name, colour)
        by_messages.set_ylim(bottom=0, top=1.1 * by_messages.get_ylim()[1])
        by_messages.set_xlabel("messages")
        by_messages.locator_params(axis="x", nbins=5)
        by_messages.set_ylabel("resident MiB")
        by_messages.grid(visible=True, alpha=0.25)
        by_messages.legend(frameon=False, fontsize=8, handlelength=1)
        _peaks(peaks, report["peaks"])
        figure.savefig(path, metadata={"Date": None})


def _steady(axes: Axes, steady: Mapping[str, Any], name: str, colour: str) -> None:
    sizes = [each["messages"] for each in steady["samples"]]
    resident = [each["resident"] / MIB for each in steady["samples"]]
    slope = steady["trend"]
    interval = f"{slope['least']:+.0f} to {slope['greatest']:+.0f}"
    label = f"{name}: {slope['slope']:+.0f} bytes a message ({interval})"
    axes.plot(sizes, resident, ".-", color=colour, markersize=3, linewidth=1, label=label)


def _peaks(axes: Axes, peaks: Mapping[str, Any]) -> None:
    names = [f"{name}\n({each['function']})" for name, each in peaks.items()]
    for key, (colour, label) in BARS.items():
        axes.barh(names, [each[key] / MIB for each in peaks.values()], color=colour, label=label, height=0.55)
    axes.invert_yaxis()
    axes.set_xlabel("MiB, for one order of 10 MB")
    axes.legend(frameon=False, ncols=4, loc="lower center", bbox_to_anchor=(0.45, 1.0), columnspacing=1)
