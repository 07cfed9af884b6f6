"""In-memory stand-ins for the adapters; they pass the same contract suites."""
