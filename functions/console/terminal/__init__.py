"""The commands of `failed`: a client of the console's API for people in a terminal."""
