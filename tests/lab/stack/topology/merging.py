"""Merge defaults into entries, and find where a merged value was written."""

from collections.abc import Mapping

from tests.lab.stack.topology.problems import Path

# The defaults of each section's entries; later ones override earlier ones.
LAYERS: Mapping[str, tuple[str, ...]] = {
    "functions": ("function",),
    "topics": ("topic",),
    "dead_letter_topics": ("topic",),
    "subscriptions": ("subscription",),
    "dead_letter_subscriptions": ("subscription", "dead_letter_subscription"),
}


def merge(document: Mapping[str, object]) -> dict[str, object]:
    """Return the document with the defaults merged into every entry.

    A value that should be a map and is not stays unchanged; validation refuses it.
    """
    return {name: _section(document, name, section) for name, section in document.items()}


def origin(document: Mapping[str, object], path: Path) -> Path:
    """Return the path where a merged value was written: in the entry or in a default."""
    section, *rest = path
    if len(rest) < 2 or section not in LAYERS or _has(document, (section, rest[0]), rest[1]):
        return path
    for layer in reversed(LAYERS[section]):
        if _has(document, ("defaults", layer), rest[1]):
            return ("defaults", layer, *rest[1:])
    return path


def _section(document: Mapping[str, object], name: str, section: object) -> object:
    if name not in LAYERS or not isinstance(section, Mapping):
        return section
    defaults: dict[str, object] = {}
    for layer in LAYERS[name]:
        defaults |= _mapping(document, ("defaults", layer))
    return {
        key: defaults | dict(entry) if isinstance(entry, Mapping) else entry for key, entry in section.items()
    }


def _has(document: Mapping[str, object], path: Path, key: str) -> bool:
    return key in _mapping(document, path)


def _mapping(document: object, path: Path) -> dict[str, object]:
    for key in path:
        document = document.get(key) if isinstance(document, Mapping) else None
    return dict(document) if isinstance(document, Mapping) else {}
