"""Somebody who works in the studio with a browser without script: pages, and the forms that stand on them.

It knows addresses and HTML; no code of the gateway.
"""

import html
import json
import re
from typing import Any, Self

import httpx

from moisson_standalone.demo.accounts import DemoAccount

_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
_ETAG = re.compile(r'name="(etag|version)" value="([^"]*)"')
_EDITOR = re.compile(r"<textarea[^>]*>(.*?)</textarea>", re.DOTALL)
_NOT_READ = re.compile(r"<(script|style|svg|head)\b.*?</\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


def read_text(page: str) -> str:
    """What a reader sees of a page, in one line."""
    return " ".join(html.unescape(_TAG.sub(" ", _NOT_READ.sub(" ", page))).split())


class StudioVisitor:
    """One browser: its cookies, and nothing else. Used in a `with` block."""

    def __init__(self, portal: str) -> None:
        self.http = httpx.Client(base_url=portal, trust_env=False, timeout=30, headers={"accept-language": "fr"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def sign_in(self, account: DemoAccount) -> Self:
        """Through the form, as people do."""
        answer = self.send("/studio/login", "/studio/login", email=account.email, password=account.password)
        assert (answer.status_code, answer.headers["location"]) == (httpx.codes.SEE_OTHER, "/studio"), answer.text
        return self

    def page(self, path: str) -> str:
        """A page that must be there, as HTML."""
        answer = self.http.get(path)
        assert answer.status_code == httpx.codes.OK, f"{path}: {answer.status_code} {read_text(answer.text)}"
        return answer.text

    def read(self, path: str) -> str:
        """A page that must be there, as its reader sees it."""
        return read_text(self.page(path))

    def send(self, path: str, page: str, **fields: str) -> httpx.Response:
        """A form of `page`, sent to `path` with the token that stands in it."""
        found = _TOKEN.search(self.page(page))
        assert found is not None, f"{page} has no form"
        return self.http.post(path, data={"form_token": found.group(1), **fields})

    def go(self, path: str, page: str, **fields: str) -> str:
        """A form that leads to another page: its address."""
        answer = self.send(path, page, **fields)
        assert answer.status_code == httpx.codes.SEE_OTHER, f"{answer.status_code} {read_text(answer.text)}"
        return answer.headers["location"]

    def document(self, page: str) -> tuple[dict[str, Any], dict[str, str]]:
        """What an editor holds, and the hidden field that says which version it is."""
        text = self.page(page)
        found = _EDITOR.search(text)
        assert found is not None, f"{page} has no editor"
        written: dict[str, Any] = json.loads(html.unescape(found.group(1)))
        return written, {name: html.unescape(value) for name, value in _ETAG.findall(text)}
