"""The one place that puts functions together, once per instance: settings, adapters, pipeline.

A module for each kind of function, so that none imports what only another needs.
"""
