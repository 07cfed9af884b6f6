"""Templates: escaped by default, strict about names, and with the values every page needs."""

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from pages.exception_titles import exception_title
from pages.formats import age, amount, difference_lines, moment, money, producer, signed, timestamp, verdict
from pages.position import to_do
from pages.wording import (
    ACTIONS,
    DENIED_ACTIONS,
    DRY_RUN_OUTCOMES,
    OUTCOMES,
    action_detail,
    explain,
    group_title,
)
from web.roles import Role

FOLDER = Path(__file__).parent.parent


def show(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """Render a template: a whole page, or only its content for htmx."""
    user = getattr(request.state, "user", "")
    role = getattr(request.state, "role", Role.NONE)
    common = {
        "user": user,
        "now": request.app.state.clock(),
        "role": role.name.lower() if role else "",
        "operator": role >= Role.OPERATOR,
        "approver": role >= Role.APPROVER,
        "form_token": request.app.state.tokens.issue(user) if user else "",
        "fragment": request.headers.get("hx-request") == "true",
    }
    return _TEMPLATES.TemplateResponse(request, template, common | values, status_code=status)


def _templates() -> Jinja2Templates:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "timestamp": timestamp,
        "moment": moment,
        "age": age,
        "amount": amount,
        "money": money,
        "producer": producer,
        "signed": signed,
        "verdict": verdict,
        "exception_title": exception_title,
        "to_do": to_do,
        "difference_lines": difference_lines,
        "action_detail": action_detail,
        "explain": explain,
        "group_title": group_title,
    }
    environment.globals |= {
        "actions": ACTIONS,
        "denied_actions": DENIED_ACTIONS,
        "dry_run_outcomes": DRY_RUN_OUTCOMES,
        "outcomes": OUTCOMES,
    }
    return Jinja2Templates(env=environment)


_TEMPLATES = _templates()
