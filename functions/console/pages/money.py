"""Amounts as people read them."""


def amount(minor: int) -> str:
    """Write an amount of minor units with two decimals and its thousands apart."""
    whole, cents = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole:,}.{cents:02}"
