"""Metrics on their way to Cloud Monitoring: off the path of answers, and never a reason for one to fail."""
