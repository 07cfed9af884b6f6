"""A storm over the whole stack, and a checker that knows only what was published and what is stored."""
