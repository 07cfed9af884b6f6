"""Problems of a topology file."""

from typing import NamedTuple

Path = tuple[str, ...]


class Problem(NamedTuple):
    """One problem: the path of the key, and a message."""

    path: Path
    message: str

    def __str__(self) -> str:
        return f"{'.'.join(self.path) or '(file)'}: {self.message}"
