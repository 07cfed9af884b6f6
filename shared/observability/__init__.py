"""What is seen of every message: its line in the log, its metrics, its spans. Handlers contain none of it."""

from shared.observability.watch import Observability, observe

__all__ = ["Observability", "observe"]
