"""Templates: escaped by default, strict about names, and with what every page shows."""

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from api.roles import Role
from pages.differences import lines
from pages.moments import ago, stamp
from pages.money import amount
from pages.wording import ACTIONS, ATTEMPTS, FORECASTS, OUTCOMES, explain
from shared.contracts.dead_letter import FailureReason
from shared.failed_messages.failure_group import FailureGroup
from shared.failed_messages.model import Case

FOLDER = Path(__file__).parent.parent


def show(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """Render a template: a whole page, or its part where htmx asks for it."""
    actor = getattr(request.state, "actor", "")
    given = {
        "actor": actor,
        "now": request.app.state.clock(),
        "approver": getattr(request.state, "role", None) is Role.APPROVER,
        "form_token": request.app.state.tokens.issue(actor) if actor else "",
        "fragment": request.headers.get("hx-request") == "true",
    }
    return _TEMPLATES.TemplateResponse(request, template, given | values, status_code=status)


def _templates() -> Jinja2Templates:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "stamp": stamp,
        "ago": ago,
        "amount": amount,
        "difference_lines": lines,
        "explain": lambda told: explain(_read_failure_reason(told)),
    }
    environment.globals |= {
        "actions": ACTIONS,
        "attempts": ATTEMPTS,
        "forecasts": FORECASTS,
        "outcomes": OUTCOMES,
    }
    return Jinja2Templates(env=environment)


def _read_failure_reason(told: FailureReason | FailureGroup | Case) -> FailureReason:
    if isinstance(told, Case):
        return told.failure_reason
    if isinstance(told, FailureGroup):
        return FailureReason(error_type=told.error_type, slug=told.reason)
    return told


_TEMPLATES = _templates()
