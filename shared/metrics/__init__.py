"""What is counted and measured, in memory: no clock, no network."""
