"""Bounded calls, queries and values of Firestore over raw protocol buffers."""
