"""Proof by measurement: what a message costs, what is carried, and that nothing is lost in a storm."""
