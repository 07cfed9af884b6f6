"""The wire: what arrives, what it must look like, what leaves."""
