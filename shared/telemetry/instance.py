"""Who exports."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One process of one instance, told apart by its task id: else they write over each other's points."""

    project: str
    location: str
    job: str
    task_id: str
    started: datetime
