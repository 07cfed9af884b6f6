"""What a function's process holds: in the long run, and at its highest."""
