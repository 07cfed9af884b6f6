"""The only code that knows Google's clients, Tink and the log's format."""
