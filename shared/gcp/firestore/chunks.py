"""Data larger than a document: compressed, encrypted, and split over chunk documents of an owner.

The chunks are written first, in commits below Firestore's limits. The owner document, which names them, is
written last, together with whatever else must appear at the same moment. Chunk ids are derived from the
content: a repeated write changes nothing, and two writers with different contents never mix.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from shared.digest import digest
from shared.errors import LostRace
from shared.gcp.firestore.rpc import FirestoreRpc
from shared.gcp.firestore.writes import Write, remove_fields, set_document


class Encryption(Protocol):
    """Authenticated encryption with associated data, here the path of a document."""

    def encrypt(self, plain: bytes, associated_data: str) -> bytes:
        """Encrypt for a path."""

    def decrypt(self, encrypted: bytes, associated_data: str) -> bytes:
        """Decrypt what was encrypted for this path."""


INLINE_LIMIT_BYTES = 600_000
"""Largest data kept in the owner itself; a document holds 1 MiB with everything in it."""

CHUNK_BYTES = 900_000
"""Size of one chunk; a document holds 1 MiB."""

SMALL_DATA_BYTES = 16_384
"""Size up to which a window of 4 KiB compresses about as well as a large one."""

COMMIT_LIMIT_BYTES = 3_500_000
"""Chunks in one commit: the emulator refuses 4 MiB, Google 10 MiB."""

EXPIRY = "expireAt"
"""The field by which Firestore deletes a document."""


@dataclass(frozen=True, slots=True)
class Chunked:
    """Compressed and encrypted data: inside its owner where it is small, else in chunks beside it."""

    fields: dict[str, Any]
    """What the owner stores to find the data again: `inline`, or `pageSet` and `pageCount`."""
    chunks: tuple[tuple[str, bytes], ...] = ()
    """Path and content of each chunk to write before the owner."""


NO_CHUNKS = Chunked({})


def chunk_data(owner: str, data: bytes, cipher: Encryption) -> Chunked:
    """Compress and encrypt data for storing under the document at path `owner`.

    Each chunk is encrypted separately, for its own path: when two deliveries write the same chunks, either
    ciphertext is valid.
    """
    packed = _compress(data)
    if len(packed) <= INLINE_LIMIT_BYTES:
        return Chunked({"inline": cipher.encrypt(packed, owner)})
    cuts = [packed[start : start + CHUNK_BYTES] for start in range(0, len(packed), CHUNK_BYTES)]
    fields = {"pageSet": digest("pages", packed), "pageCount": len(cuts)}
    paths = chunk_paths(owner, fields)
    chunks = tuple((path, cipher.encrypt(cut, path)) for path, cut in zip(paths, cuts, strict=True))
    return Chunked(fields, chunks)


def _compress(data: bytes) -> bytes:
    """Compress; small data gets a small window, because zlib initialises the usual 256 KiB for any input."""
    window, memory = (12, 5) if len(data) <= SMALL_DATA_BYTES else (zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL)
    deflate = zlib.compressobj(level=1, wbits=window, memLevel=memory)
    return deflate.compress(data) + deflate.flush()


def chunk_paths(owner: str, fields: Mapping[str, Any]) -> list[str]:
    """Return the paths of the chunks that an owner's fields name; none where the data is inline."""
    # The stored names say "page": the subcollection, `pageSet` and `pageCount`.
    return [f"{owner}/pages/{fields['pageSet']}-{number:04}" for number in range(fields.get("pageCount", 0))]


def group_into_commits(chunks: Sequence[tuple[str, bytes]]) -> Iterator[Sequence[tuple[str, bytes]]]:
    """Yield groups of chunks that stay below the size limit of a commit."""
    per_commit = COMMIT_LIMIT_BYTES // CHUNK_BYTES
    for start in range(0, len(chunks), per_commit):
        yield chunks[start : start + per_commit]


async def write_chunks(
    rpc: FirestoreRpc, chunks: Sequence[tuple[str, bytes]], expire_at: datetime | None = None
) -> None:
    """Write chunks; no reader finds them until their owner is written. Raises Transient.

    With `expire_at` Firestore deletes them then, unless `keep_chunks` is part of the owner's commit: for an
    owner that no redelivery writes again after a crash.
    """
    expiry = {} if expire_at is None else {EXPIRY: expire_at}
    for group in group_into_commits(chunks):
        await rpc.overwrite(
            [set_document(rpc.name(path), {"content": content, **expiry}) for path, content in group]
        )


def keep_chunks(rpc: FirestoreRpc, chunks: Sequence[tuple[str, bytes]]) -> list[Write]:
    """Make the writes, for the commit of their owner, that keep chunks which would expire."""
    return [remove_fields(rpc.name(path), [EXPIRY]) for path, _ in chunks]


async def read_chunked(rpc: FirestoreRpc, owner: str, fields: Mapping[str, Any], cipher: Encryption) -> bytes:
    """Read data back, with one more round trip where it has chunks.

    Raises LostRace where the owner was replaced in between, and StoreUnavailable.
    """
    if "inline" in fields:
        return zlib.decompress(cipher.decrypt(fields["inline"], owner))
    paths = chunk_paths(owner, fields)
    found = await rpc.get(paths)
    if len(found) < len(paths):
        raise LostRace("chunks: replaced while they were read")
    contents = (cipher.decrypt(found[path].fields["content"].bytes_value, path) for path in paths)
    return zlib.decompress(b"".join(contents))
