"""A relayed subscription and its targets."""

from dataclasses import dataclass

from tests.lab.stack.topology import Subscription


@dataclass(frozen=True)
class Source:
    """A subscription by its short name, with its policy and the URLs of its function's instances."""

    project: str
    name: str
    policy: Subscription
    urls: list[str]

    @property
    def path(self) -> str:
        """Return the full resource name."""
        return f"projects/{self.project}/subscriptions/{self.name}"

    @property
    def dead_letter_path(self) -> str | None:
        """Return the full resource name of the dead-letter topic, if there is one."""
        topic = self.policy.dead_letter_topic
        return topic and f"projects/{self.project}/topics/{topic}"
