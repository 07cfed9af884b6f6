"""Google's services over raw protocol buffers; knows nothing of orders."""
