"""Dead letters as people review, repair, replay and discard them."""
