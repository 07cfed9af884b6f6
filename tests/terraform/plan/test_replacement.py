"""A plan against what is deployed deletes nothing that messages, orders or keys are in."""

from tests.terraform.hcl import protected_blocks
from tests.terraform.planned import Plan


def test_nothing_that_holds_messages_is_deleted(planned: Plan) -> None:
    """A block taken out of the code loses its protection with it; the plan still shows the loss."""
    kinds = {block.partition(".")[0] for block in protected_blocks()}
    held = {address for address in planned.deleted if address.partition(".")[0] in kinds}
    assert held <= {"google_pubsub_subscription.canary"}
