"""The composition root: it builds each function once per instance from its settings.

Each kind of function has its own module, so that none imports the modules of another.
"""

import gc

GC_THRESHOLD = 50_000
"""Live objects allocated before the collector looks for cycles: as many as several messages need."""

# Set before the other imports: with the default of 700 the collector would walk the imported objects, which
# are all in use, about a hundred times within a cold start.
gc.set_threshold(GC_THRESHOLD)
