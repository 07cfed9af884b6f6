"""What the measured cost of a message means for instances and money, and where something else ends it."""
