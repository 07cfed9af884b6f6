"""Masks, encrypts and finds personal data."""
