"""Masks and encrypts personal data, and finds the customers that a record is about."""
