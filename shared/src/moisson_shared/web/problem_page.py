"""What stands at the address of a kind of problem (RFC 9457, 3.1.1): its title and its status, for people."""

from html import escape
from http import HTTPStatus

from moisson_shared.contracts.errors import NotFound
from moisson_shared.web.problems import KINDS


def problem_page(name: str, *, french: bool) -> str:
    """HTML in the reader's language, the other one below. Raises `NotFound` for a kind that does not exist."""
    problem = KINDS.get(name)
    if problem is None:
        raise NotFound(f"There is no problem {name}.")
    titles = [("fr", problem.french), ("en", problem.english)]
    (language, title), (other, second) = titles if french else reversed(titles)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        "<style>body{font:1rem/1.5 system-ui,sans-serif;margin:3rem auto;max-width:40rem;padding:0 1rem}</style></head>"
        f'<body><h1>{escape(title)}</h1><p lang="{other}">{escape(second)}</p>'
        f"<p><code>{problem.status} {HTTPStatus(problem.status).phrase}</code></p></body></html>"
    )
