"""The routes of the functions as deployed, read from their sources."""

import importlib
import os
from unittest import mock

from shared.consumer.routes import Routes
from tests.lab.stack.keyset import ensure_keyset


def routes_of(*functions: str) -> Routes:
    """Return the routes of functions, by their names; nothing is connected by that."""
    environ = {"GOOGLE_CLOUD_PROJECT": "p", "SUBSCRIPTIONS": "{}", "KEYSET_FILE": str(ensure_keyset())}
    with mock.patch.dict(os.environ, environ):
        modules = [importlib.import_module(f"functions.{name}.main") for name in functions]
    return {key: route for module in modules for key, route in module.ROUTES.items()}
