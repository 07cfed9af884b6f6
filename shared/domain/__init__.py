"""The rules, pure: no clock, no randomness, no input or output. One file per behaviour."""
