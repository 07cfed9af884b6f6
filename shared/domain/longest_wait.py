"""How long a fact waits for another message that it needs, before it is taken as it is."""

from datetime import datetime, timedelta

LONGEST_WAIT = timedelta(hours=6)
"""After its publication a capture waits for its authorisation, and a parcel for the allocation of its order
and for a replacement that brings its sku.

Automatic replay goes on for more than twice as long, so what waited in vain is recorded automatically.
"""


def may_overtake(published_at: datetime, now: datetime) -> bool:
    """Return whether the message that another one needs may still arrive, by the publish time of that one."""
    return now < published_at + LONGEST_WAIT
