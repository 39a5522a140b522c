"""How a page is known to be what it was: by what the site gave to tell its states apart (RFC 9110, 8.8 and 13), by what
its sitemap says, and by its bytes. Pure."""

import hashlib
from dataclasses import replace

from moisson_scraper.crawling.stated_change import seen_at_its_last_change
from moisson_scraper.fingerprint import BYTES
from moisson_scraper.keeping.visit_documents import PageVisit
from moisson_scraper.reading.source_reader import FetchedPage, PageRequest

_LONGEST_VALIDATOR = 1000
"""A longer one, or one that no header may have, is not sent back: the request would fail for it, each time anew."""


def with_validators(request: PageRequest, known: PageVisit | None) -> PageRequest:
    """The request with the validators of the last answer. To anything but a GET a site that goes by RFC 9110 (13.1.2)
    would answer 412 where nothing has changed."""
    if known is None or request.method != "GET":
        return request
    validators = ("if-none-match", known.etag), ("if-modified-since", known.last_modified)
    added = [
        (name, text) for name, text in validators if text and text.isprintable() and len(text) <= _LONGEST_VALIDATOR
    ]
    return replace(request, headers=(*request.headers, *added)) if added else request


def is_unchanged(page: FetchedPage, known: PageVisit) -> bool:
    """Whether an answer says so, or has the same bytes."""
    return page.status == 304 or body_hash(page) == known.body_hash


def is_as_stated_before(request: PageRequest, known: PageVisit) -> bool:
    """Whether what is said elsewhere of its last change proves that the last visit has seen it."""
    stated = request.modified
    return bool(stated) and stated == known.modified and seen_at_its_last_change(stated, known.visited_at)


def moved_to(request: PageRequest, page: FetchedPage) -> str | None:
    """Where redirects led to; None without any."""
    return page.address if page.address != request.address else None


def body_hash(page: FetchedPage) -> str:
    """Over the address as well: a page that has moved is read anew, for its relative links lead elsewhere."""
    digest = hashlib.blake2b(page.address.encode(), digest_size=BYTES)
    digest.update(b"\x00")
    digest.update(page.body)
    return digest.hexdigest()
