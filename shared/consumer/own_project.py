"""Subscriptions are known by their short names; one of the same name in another project is not ours."""

from shared.consumer.ports import Process
from shared.contracts.envelope import Envelope
from shared.errors import Outcome, UnknownSubscription


def require_project(project: str, process: Process) -> Process:
    """Make a process that rejects what a subscription of any other project pushes."""

    async def process_own(envelope: Envelope) -> Outcome:
        if envelope.project != project:
            raise UnknownSubscription("subscription: is not one of this project's")
        return await process(envelope)

    return process_own
