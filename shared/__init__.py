"""What all functions have in common: contracts, rules, claims, and the way of a message."""
