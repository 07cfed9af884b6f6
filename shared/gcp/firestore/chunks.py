"""Data larger than a document: compressed, sealed, cut into pages, and visible only through its owner.

Pages are written first, in commits below Firestore's limits; the document that names them is
written last, with whatever else must appear at the same moment. Their ids are derived from the
content, so writing them again changes nothing, and two writers with other contents never mix.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from shared.digest import digest
from shared.errors import LostRace
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.writes import put


class Encryption(Protocol):
    """Encrypts data for the document at a path."""

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt for a path."""

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt what was encrypted for this path."""


INLINE_LIMIT = 600_000
"""Bytes kept in the owner itself; a document holds 1 MiB with everything in it."""

PAGE_SIZE = 900_000
"""Bytes of one page; a document holds 1 MiB."""

SMALL = 16_384
"""Bytes up to which a window of 4 KiB compresses about as well as a large one."""

COMMIT_SIZE = 3_500_000
"""Bytes of pages per commit: the emulator refuses 4 MiB, Google 10 MiB."""


@dataclass(frozen=True, slots=True)
class Paged:
    """Compressed and sealed data: within its owner where it is small, else as pages beside it."""

    fields: dict[str, Any]
    """What the owner stores, to find the data again."""
    pages: tuple[tuple[str, bytes], ...] = ()
    """Path and content of each page to write before the owner."""


NOTHING_PAGED = Paged({})


def paged(owner: str, data: bytes, cipher: Encryption) -> Paged:
    """Prepare data for storing under the document at path `owner`.

    Each page is sealed by itself, for its own path: when two deliveries write the same pages, it
    does not matter whose ciphertext stays.
    """
    packed = _packed(data)
    if len(packed) <= INLINE_LIMIT:
        return Paged({"inline": cipher.seal(packed, owner)})
    cuts = [packed[start : start + PAGE_SIZE] for start in range(0, len(packed), PAGE_SIZE)]
    fields = {"pageSet": digest("pages", packed), "pageCount": len(cuts)}
    paths = page_paths(owner, fields)
    return Paged(fields, tuple((path, cipher.seal(cut, path)) for path, cut in zip(paths, cuts, strict=True)))


def _packed(data: bytes) -> bytes:
    """Compress; what is small, with little memory: to lay out the usual 256 KiB takes longer than to work."""
    window, memory = (12, 5) if len(data) <= SMALL else (zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL)
    deflate = zlib.compressobj(level=1, wbits=window, memLevel=memory)
    return deflate.compress(data) + deflate.flush()


def page_paths(owner: str, fields: Mapping[str, Any]) -> list[str]:
    """Name the pages an owner's fields point to; none where the data is inline."""
    return [f"{owner}/pages/{fields['pageSet']}-{page:04}" for page in range(fields.get("pageCount", 0))]


def commits(pages: Sequence[tuple[str, bytes]]) -> Iterator[Sequence[tuple[str, bytes]]]:
    """Group pages into commits below the size limit."""
    per_commit = COMMIT_SIZE // PAGE_SIZE
    for start in range(0, len(pages), per_commit):
        yield pages[start : start + per_commit]


async def write_pages(rpc: FirestoreRpc, pages: Sequence[tuple[str, bytes]]) -> None:
    """Write pages; nothing sees them until their owner is written. Raises Transient."""
    for group in commits(pages):
        await rpc.overwrite([put(rpc.name(path), {"content": content}) for path, content in group])


async def read_paged(rpc: FirestoreRpc, owner: str, fields: Mapping[str, Any], cipher: Encryption) -> bytes:
    """Read data back, with one more round trip where it has pages.

    Raises LostRace where the owner was replaced in between, and StoreUnavailable.
    """
    if "inline" in fields:
        return zlib.decompress(cipher.open(fields["inline"], owner))
    paths = page_paths(owner, fields)
    found = await rpc.get(paths)
    if len(found) < len(paths):
        raise LostRace("pages: replaced while they were read")
    contents = (cipher.open(found[path].fields["content"].bytes_value, path) for path in paths)
    return zlib.decompress(b"".join(contents))
