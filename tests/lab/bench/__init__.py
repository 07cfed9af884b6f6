"""What a message costs, against what it could cost at least and what it costs written otherwise."""
