"""A unified diff, line by line, with what each line means."""

from collections.abc import Iterator

_KINDS = {"+": "added", "-": "removed"}


def lines(difference: str) -> Iterator[tuple[str, str]]:
    """Pair each line of a unified diff with `added`, `removed` or `same`; the file headers are left out."""
    for line in difference.splitlines():
        if not line.startswith(("+++", "---")):
            yield _KINDS.get(line[:1], "same"), line
