"""The drill of a restored database: documents of an earlier moment, and the messages published since."""
