"""Firestore: claims, orders, stock and failures, over raw protocol buffers.

The comfortable client spends ten times the CPU of the commit itself on turning dicts into
documents; here documents are built directly, and every call is bounded.
"""
