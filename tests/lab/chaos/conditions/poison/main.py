"""Create orders; exit at each poisonous one, as a crash of an extension module does."""

import os

from functions.order_create.main import handle
from shared.consumer.processor import Processor
from shared.contracts.envelope import Envelope
from shared.errors import Outcome
from tests.lab.chaos.conditions import POISONOUS

__all__ = ["handle"]

process = Processor.process


async def process_or_exit(self: Processor, envelope: Envelope) -> Outcome:
    """Exit without an answer where the message is poisonous."""
    if POISONOUS.encode() in envelope.data:
        os._exit(70)
    return await process(self, envelope)


Processor.process = process_or_exit  # type: ignore[method-assign]
