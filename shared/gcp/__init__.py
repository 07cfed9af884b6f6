"""Clients of Google's services, over raw protocol buffers where that is faster."""
