"""Pages from templates: everything a template may use, and nothing that fetches."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote, urlencode, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from moisson_viz_gateway.assets import Assets
from moisson_viz_gateway.marked_text import marked, paragraphs
from moisson_viz_gateway.sessions import Session
from moisson_viz_gateway.wording.catalogue import Wording
from moisson_viz_gateway.wording.coded_sentences import say, say_check
from moisson_viz_gateway.wording.logged_lines import logged_words

LANGUAGE_COOKIE = "moisson_language"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who reads: the language, and where they signed in the session with its access token."""

    language: str
    session: Session | None = None
    token: str | None = None
    form_token: str = ""
    """What every form of theirs must bring back."""


class Pages:
    """Renders templates. Values are escaped; an unknown name in a template is an error, never a blank."""

    def __init__(self, assets: Assets, wordings: Mapping[str, Wording], public_url: str | None) -> None:
        self._wordings = wordings
        # Scheme and host for links that others keep: the operator's word only, for anybody may write a Host header.
        self._origin = (public_url or "").rstrip("/")
        self._templates = Environment(
            loader=PackageLoader("moisson_viz_gateway"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "marked": marked,
            "paragraphs": paragraphs,
            "in_path": lambda text: quote(text, safe=""),
            "query_text": urlencode,
            "json_text": lambda value: json.dumps(value, ensure_ascii=False),
        }
        self._templates.globals |= {
            "asset": assets.address,
            "say": partial(say, wordings["en"]),
            "say_check": say_check,
            "logged": partial(logged_words, wordings["en"]),
        }

    def wording(self, language: str) -> Wording:
        """The words of a language."""
        return self._wordings[language]

    def text(self, template: str, visitor: Visitor, **context: object) -> str:
        """A fragment."""
        words = self._wordings[visitor.language]
        return self._templates.get_template(template).render(t=words, visitor=visitor, **context)

    def page(
        self,
        template: str,
        request: Request,
        visitor: Visitor,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        shell: Mapping[str, object] | None = None,
        **context: object,
    ) -> HTMLResponse:
        """A whole page. It is not kept by anybody's cache where somebody is signed in."""
        body = self.text(template, visitor, origin=self._origin, here=address_of(request), **(shell or {}), **context)
        private = {"Cache-Control": "no-store" if visitor.session else "no-cache", "Vary": "Cookie, Accept-Language"}
        return HTMLResponse(body, status, headers={**private, **(headers or {})})


def address_of(request: Request, **changes: str) -> str:
    """Path and query of the request, with these parameters in place of their namesakes."""
    items = [(name, value) for name, value in request.query_params.multi_items() if name not in changes]
    items += changes.items()
    return request.url.path + (f"?{urlencode(items)}" if items else "")


def local_path(wanted: str | None, otherwise: str) -> str:
    """`wanted` if it is a path of this site, else `otherwise`: a login must not send people to strangers.

    Browsers read backslashes as slashes and drop tabs and line ends (URL standard, 4.4), so none may stand there.
    """
    if not wanted or not wanted.startswith("/") or wanted.startswith("//"):
        return otherwise
    if "\\" in wanted or any(ord(character) < 0x21 or ord(character) == 0x7F for character in wanted):
        return otherwise
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else wanted
