"""Commands for operators: keysets, re-encryption, erasure, deadlines."""
