"""Review failed messages, in a browser or by JSON (requirements 6.2)."""

from application import build
from shared.bootstrap.console import console

handle = console(build)
