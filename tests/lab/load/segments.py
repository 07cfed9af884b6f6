"""A long test in segments, each on new emulators, and their results as one run."""

import math
from collections.abc import Sequence
from dataclasses import replace

from tests.lab.load.deliveries import Deliveries, Delivery
from tests.lab.load.plan import Plan
from tests.lab.load.publishers import Schedule
from tests.lab.load.run import Run


def split_plan(plan: Plan, seconds: float) -> list[Plan]:
    """Split a plan into equal segments of at most `seconds`; 0: one segment."""
    number = math.ceil(plan.seconds / seconds) if seconds else 1
    return [replace(plan, seconds=plan.seconds / number)] * number


def join_runs(runs: Sequence[Run]) -> Run:
    """Return one run in which each segment begins when the one before it ended.

    The publishers' share of a core is that of their busiest segment.
    """
    if len(runs) == 1:
        return runs[0]
    joined = Run(
        plan=replace(runs[0].plan, seconds=sum(each.plan.seconds for each in runs)),
        schedule=Schedule(
            late=sum(each.schedule.late for each in runs),
            core_share=max(each.schedule.core_share for each in runs),
            cpu_seconds=sum(each.schedule.cpu_seconds for each in runs),
        ),
        deliveries=Deliveries(lambda: 0.0, max_attempts=0),
        cpu={part: sum(each.cpu[part] for each in runs) for part in runs[0].cpu},
        seconds=sum(each.seconds for each in runs),
        cores=runs[0].cores,
    )
    begins = 0.0
    for number, each in enumerate(runs, start=1):
        _append(joined, each, number, begins - min(each.schedule.published_at.values()))
        begins += each.seconds
    return joined


def _append(joined: Run, segment: Run, number: int, shift: float) -> None:
    """Add a segment's messages, `shift` seconds later. New emulators repeat ids: add the segment's number."""

    def shifted(times: dict[str, float]) -> dict[str, float]:
        return {f"{number}/{message}": at + shift for message, at in times.items()}

    joined.schedule.published_at |= shifted(segment.schedule.published_at)
    joined.deliveries.processed_at |= shifted(segment.deliveries.processed_at)
    joined.deliveries.failed_at |= shifted(segment.deliveries.failed_at)
    joined.deliveries.all += [
        Delivery(each.at + shift, each.outcome, each.handler_ms) for each in segment.deliveries.all
    ]
