"""The review of failed messages: what may be done with one, replaying one or many, and who did what."""
