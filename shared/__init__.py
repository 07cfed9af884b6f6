"""The layer every function stands on: contracts, rules, claims and the message's way."""
