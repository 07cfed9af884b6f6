"""The capacity model: instances, cost and limits, computed from the measured cost of a message."""
