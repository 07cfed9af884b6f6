"""Actions are taken only as a browser cannot be tricked into sending them from another site."""

from urllib.parse import urlsplit

from fastapi import HTTPException, Request

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
JSON = "application/json"


def guarded(request: Request) -> None:
    """Refuse an action that is not JSON (415), or that another site's page sent (403).

    A form cannot send JSON, and a script of another site cannot without asking first.
    """
    if request.method in SAFE:
        return
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise HTTPException(415, f"Content-Type must be {JSON}")
    check_origin(request)


def check_origin(request: Request) -> None:
    """Refuse a request that a page of another site sent (403)."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "Origin is another site")
