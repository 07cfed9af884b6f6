"""The one place that puts functions together, once per instance: settings, adapters, processor.

A module for each kind of function, so that none imports what only another needs.
"""

import gc

GARBAGE = 50_000
"""Objects allocated and not freed before the collector looks for cycles among them: some messages' worth."""

# Here, before anything is imported: the usual 700 would let the collector walk what is imported, of which
# nothing is garbage, some hundred times within a cold start.
gc.set_threshold(GARBAGE)
