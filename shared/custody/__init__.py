"""Care of what is sealed, from a terminal: new keys for old ciphertexts, and erasure of a customer."""
