"""The cost of a message with more stored orders, and with longer orders."""
