"""A storm of faults over the whole stack, and a checker that compares messages with stored documents."""
