"""What the three sites have in common: templates, and plain answers.

It knows files of this package only; nothing here depends on the time or on chance, so each start serves the same.
"""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

TEMPLATES = Path(__file__).with_name("templates")
PARTNERS = Path(__file__).parents[1] / "partners"


def template_environment() -> Environment:
    """Templates that escape what they are given and refuse a name they do not know."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def html_page(environment: Environment, template: str, *, status: int = 200, **values: Any) -> Response:
    """One page in UTF-8."""
    return HTMLResponse(environment.get_template(template).render(**values), status_code=status)


def robots(*disallowed: str) -> Route:
    """`/robots.txt` that leaves everything open but the paths named."""
    text = "User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in disallowed or ("",))

    async def answer(request: Request) -> Response:
        return PlainTextResponse(text)

    return Route("/robots.txt", answer)
