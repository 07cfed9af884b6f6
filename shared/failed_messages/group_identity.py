"""What the messages of a failure group have in common: subscription, reason, violated rule and producer.

Messages that an earlier release stored are in groups without rule and producer. They stay there
until they fail again.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from shared.contracts.dead_letter import FailureReason
from shared.digest import digest
from shared.domain.value import Value
from shared.errors import ErrorType

MAX_RULE_LENGTH = 200
IRREGULAR_NAME = "other"
"""Stands for a source or version that is no short plain name, so that no producer chooses the groups."""

FAULTS_OF_MESSAGES = (ErrorType.REJECTED, ErrorType.DEFERRED)
"""Error types with a rule and a producer. The others concern the service, whatever it was sent."""

_PLAIN_NAME = re.compile(r"\w[\w .+/@-]{0,63}")
_LINE_INDEX = re.compile(r"\.\d+(?=[.:])")


class GroupIdentity(Value):
    """The values that a failure group's messages share."""

    subscription: str
    error_type: str
    slug: str
    rule: str = ""
    """The first violated rule, "field: rule"; an index of a list is written as []."""
    source: str = ""
    version: str = ""

    @property
    def id(self) -> str:
        """Derive the id of the failure group."""
        return _group_id(self)


@lru_cache(maxsize=256)  # several steps of every failed message derive it, and a group has many messages
def _group_id(identity: GroupIdentity) -> str:
    common = ("failure", identity.subscription, identity.error_type, identity.slug)
    particular = (identity.rule, identity.source, identity.version)
    return digest(*common, *particular) if any(particular) else digest(*common)


def group_identity(subscription: str, reason: FailureReason, attributes: Mapping[str, str]) -> GroupIdentity:
    """Derive the group of a message from where and why it failed, and from who sent it."""
    if reason.error_type not in FAULTS_OF_MESSAGES:
        return GroupIdentity(subscription=subscription, error_type=reason.error_type, slug=reason.slug)
    return GroupIdentity(
        subscription=subscription,
        error_type=reason.error_type,
        slug=reason.slug,
        rule=_LINE_INDEX.sub("[]", reason.first_rule)[:MAX_RULE_LENGTH],
        source=_plain_name(attributes.get("source", "")),
        version=_plain_name(attributes.get("version", "")),
    )


def _plain_name(value: str) -> str:
    return value if not value or _PLAIN_NAME.fullmatch(value) else IRREGULAR_NAME
