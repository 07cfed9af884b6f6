"""Write the figures of the last bench into the documents: `python -m tests.lab.bench.page`.

They come from `.reports/bench.json` and are kept in `figures.json`. A test compares the documents with it.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.lab.bench.__main__ import CHANGE, CREATION, REPORT
from tests.lab.bench.functions import floor_of
from tests.lab.bench.machine_load import QUIET_SHARE
from tests.lab.capacity.section import MEASUREMENTS_PAGE, replace_section, table
from tests.lab.stack.paths import ROOT

FIGURES = Path(__file__).with_name("figures.json")
TESTS_PAGE = ROOT / "tests" / "README.md"
BEGIN = "<!-- bench: `python -m tests.lab.bench.page` writes this part -->\n"
END = "<!-- /bench -->\n"

VARIANTS = (CREATION, floor_of(CREATION), "plain", "two_phase", CHANGE, floor_of(CHANGE))
WITHOUT_RULES = "without contract, rules and encryption"
FIRST_ROW, NEXT_ROW = "| `make bench` |", "| `make "

Json = dict[str, Any]


def section(report: Json) -> str:
    """Return the tables of measurements.md, between their two comments."""
    parts = [_noise(report), _variants(report), _functions(report), _ratios(report), _starts(report)]
    return BEGIN + "\n".join(filter(None, parts)) + END


def summary_rows(report: Json) -> list[str]:
    """Return the rows of the table in the page of the tests."""
    found = report["ratios"]
    name, ratio = max(report["cpu_vs_floor_by_function"].items(), key=lambda each: each[1])
    rows = (
        (
            "processor time of `order_create`, divided by the lowest possible cost, 5 KB",
            "1.1",
            "cpu_vs_floor",
        ),
        ("throughput, divided by that of plain synchronous code", "4", "throughput_vs_plain"),
        ("throughput, divided by that of a claim in separate writes", "1.6", "throughput_vs_two_phase"),
        ("cold start, divided by that of the bare framework", "1.1", "cold_start_vs_bare"),
        ("p99 at 70 % of saturation, divided by that of bare calls", "1.5", "p99_vs_bare"),
    )
    lines = [f"| | {what} | {aim} | {found[key]:.2f} |\n" for what, aim, key in rows]
    lines[0] = lines[0].replace("| |", FIRST_ROW, 1)
    lines.insert(1, f"| | the same for `{name}`, the furthest from its floor | 1.3 | {ratio:.2f} |\n")
    if without := report["cpu_without_rules_vs_floor_by_function"]:
        name, ratio = max(without.items(), key=lambda each: each[1])
        lines.insert(2, f"| | the same {WITHOUT_RULES}: `{name}`, the furthest | 1.3 | {ratio:.2f} |\n")
    lines.append(f"| | p99 at 70 % of saturation | 100 ms | {found['p99_ms_at_70_percent']:.0f} ms |\n")
    return lines


def replace_rows(page: str, rows: Iterable[str]) -> str:
    """Return a page with its rows of the bench replaced."""
    before, rest = page.split(FIRST_ROW, 1)
    return before + "".join(rows) + NEXT_ROW + rest.split(NEXT_ROW, 1)[1]


def _noise(report: Json) -> str:
    noisy = [
        f"{name} {share:.0%}"
        for name, share in report["machine"]["noise_share"].items()
        if share > QUIET_SHARE
    ]
    return f"Other programs used the machine in this run: {', '.join(noisy)}.\n" if noisy else ""


def _variants(report: Json) -> str:
    sizes = sorted(report["per_message"], key=int)
    rows = [
        [f"`{name}`", *(f"{report['per_message'][size]['variants'][name]['cpu_ms']:.2f}" for size in sizes)]
        for name in VARIANTS
    ]
    head = ["", *(f"{size} line{'s' if int(size) > 1 else ''}" for size in sizes)]
    return "Processor time in ms per message:\n\n" + table(head, rows)


def _functions(report: Json) -> str:
    largest = report["per_message"][max(report["per_message"], key=int)]
    variants = largest["variants"]
    without = report["cpu_without_rules_vs_floor_by_function"]
    rows = [
        [
            f"`{name}`",
            f"{variants[name]['cpu_ms']:.2f}",
            f"{variants[floor_of(name)]['cpu_ms']:.2f}",
            *_ratio(ratio),
            f"{without[name]:.2f}" if name in without else "",
        ]
        for name, ratio in largest["cpu_vs_floor_by_function"].items()
    ]
    head = ["function", "ms", "its floor, ms", "ratio", "least and greatest round", WITHOUT_RULES]
    return "Each function beside its floor, for orders of 5 KB:\n\n" + table(head, rows)


def _ratios(report: Json) -> str:
    instance, headline = report["instance"], report["ratios"]
    largest = report["per_message"][max(report["per_message"], key=int)]
    rows = [
        ["`cpu_vs_floor`", "at most 1.1", *_ratio(largest["cpu_vs_floor"])],
        ["`throughput_vs_plain`", "at least 4", *_ratio(instance["throughput_vs_plain"])],
        ["`throughput_vs_two_phase`", "at least 1.6", *_ratio(instance["throughput_vs_two_phase"])],
        ["`cold_start_vs_bare`", "at most 1.1", *_ratio(report["cold_start"]["vs_bare"])],
        ["`p99_ms_at_70_percent`", "below 100", f"{headline['p99_ms_at_70_percent']:.0f}", ""],
        ["`p99_vs_bare`", "at most 1.5", *_ratio(instance["at_70_percent"]["p99_vs_bare"])],
        [
            f"p99 of {instance['burst']['requests']} requests at once after idleness, of the floor's",
            "",
            *_ratio(instance["burst"]["p99_vs_bare"]),
        ],
    ]
    return table(["ratio", "goal", "measured", "least and greatest round"], rows)


def _starts(report: Json) -> str:
    rows = [
        [
            f"`{name}`",
            f"{each['vs_bare']['median']:.2f}",
            f"{each['cpu_seconds']:.2f}",
            f"{each['memory_mib']:.0f}",
            f"{each['archive_bytes'] / 1000:.0f}" if "archive_bytes" in each else "",
            f"{each['imports_ms']:.0f}" if "imports_ms" in each else "",
        ]
        for name, each in report["start"].items()
    ]
    packages = report["start"][CREATION]["imports_ms_by_package"].items()
    imports = ", ".join(f"`{name}` {ms:.0f}" for name, ms in packages)
    head = ["a new instance", "of bare", "processor, s", "memory, MiB", "archive, kB", "imports, ms"]
    return table(head, rows) + f"\nImports of `{CREATION}` in ms, by package: {imports}.\n"


def _ratio(ratio: Json) -> Sequence[str]:
    return f"{ratio['median']:.2f}", f"{ratio['least']:.2f} to {ratio['greatest']:.2f}"


def main() -> int:
    """Return 0, or 1 without a report."""
    if not REPORT.exists():
        print("page: run `make bench` first", file=sys.stderr)
        return 1
    written = REPORT.read_text(encoding="utf-8")
    report = json.loads(written)
    FIGURES.write_text(written, encoding="utf-8")
    measurements, tests = (
        MEASUREMENTS_PAGE.read_text(encoding="utf-8"),
        TESTS_PAGE.read_text(encoding="utf-8"),
    )
    MEASUREMENTS_PAGE.write_text(replace_section(measurements, section(report)), encoding="utf-8")
    TESTS_PAGE.write_text(replace_rows(tests, summary_rows(report)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
