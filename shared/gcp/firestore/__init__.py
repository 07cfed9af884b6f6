"""Firestore over raw protocol buffers: calls, queries, values, writes and chunked data."""
