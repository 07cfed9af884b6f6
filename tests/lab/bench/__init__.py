"""The cost of a message, compared with its lowest possible cost and with other designs."""
