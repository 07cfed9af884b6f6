"""The drill of a lost database: an older copy takes its place, and Pub/Sub delivers again what came since."""
