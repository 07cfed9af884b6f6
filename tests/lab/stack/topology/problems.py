"""What is wrong with a topology file, and where."""

from typing import NamedTuple

Path = tuple[str, ...]


class Problem(NamedTuple):
    """One thing to repair: the path of the key, and what is the matter with it."""

    path: Path
    message: str

    def __str__(self) -> str:
        return f"{'.'.join(self.path) or '(file)'}: {self.message}"
