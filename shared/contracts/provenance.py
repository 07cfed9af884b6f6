"""Where a message comes from: its attributes `source` and `version`, which producers may leave out."""

import re
from collections.abc import Collection, Mapping

from shared.errors import UnknownSource, UnknownVersion

SOURCE = "source"
VERSION = "version"

_MAJOR = re.compile(r"\s*v?(\d{1,9})(?:\.|\s*$)", re.IGNORECASE)
_LOGGABLE = re.compile(r"[\w.-]{1,64}", re.ASCII)


def check_version(attributes: Mapping[str, str], version: str) -> None:
    """Raise UnknownVersion unless the message has the major version of its contract, or names none.

    Minor versions only add, so every one is accepted. "1", "1.7" and "v1.0" have the same major version.
    """
    stated = attributes.get(VERSION)
    if stated and major_version(stated) != major_version(version):
        raise UnknownVersion(f"attributes.version: must be {major_version(version)}.x, as the contract is")


def check_source(attributes: Mapping[str, str], producers: Collection[str]) -> None:
    """Raise UnknownSource where the topic lists its producers and the message names another one."""
    stated = attributes.get(SOURCE)
    if stated and producers and stated.strip() not in producers:
        raise UnknownSource("attributes.source: must be one of the topic's producers")


def major_version(version: str) -> int | None:
    """Return the first number of a version; None where it has none."""
    found = _MAJOR.match(version)
    return int(found[1]) if found else None


def to_loggable_name(value: str | None) -> str:
    """Return a short name unchanged, and '' for any other text: a producer may write anything there."""
    return value if value is not None and _LOGGABLE.fullmatch(value) else ""
