"""An order as large as its topic takes, from creation to capture, through the whole local stack."""
