"""The message's way: envelope, contract, claim, decide, one commit, publish, answer."""
