"""The review of failed messages as a JSON API under `/api`."""
