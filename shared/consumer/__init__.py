"""Process each message exactly once in effect: from push request to answer."""
