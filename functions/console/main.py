"""Review failed messages, in a browser or by JSON (requirements 6.2)."""

from application import build_application
from shared.bootstrap.console import build_console

handle = build_console(build_application)
