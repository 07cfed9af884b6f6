"""Hash texts and bytes to ids."""

import hashlib


def digest(*parts: bytes | str) -> str:
    """Hash the parts, separated by their lengths, to 32 hexadecimal characters."""
    hashed = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        hashed.update(len(raw).to_bytes(8, "big"))
        hashed.update(raw)
    return hashed.hexdigest()[:32]
