"""Backends from their addresses: the one place that chooses an engine.

Nothing is connected here, and an engine's library is imported only when its address is given.
"""

import re
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from moisson_shared.ports.documents import DocumentStore
from moisson_shared.ports.host_budget import HostBudget
from moisson_shared.ports.search_index import SearchIndexReader, SearchIndexWriter
from moisson_shared.ports.work_queue import WorkQueue


class BackendAddressError(ValueError):
    """A setting names a backend in a way that is not understood; the message says what is."""


def open_documents(url: str) -> DocumentStore:
    """The document store at `sqlite:///absolute/path.sqlite` or `mongodb://host:port/database?replicaSet=rs0`.

    Call its `open` before the first use.
    """
    accepted = "sqlite:///absolute/path.sqlite or mongodb://host:port/database?replicaSet=rs0"
    parts = _split(url, accepted)
    match parts.scheme:
        case "sqlite":
            from moisson_shared.adapters.sqlite_documents import SqliteDocuments

            return SqliteDocuments(_absolute_path(parts, accepted))
        case "mongodb" | "mongodb+srv":
            from moisson_shared.adapters.mongo_documents import MongoDocuments

            try:
                return MongoDocuments(url)
            except ValueError as error:
                raise BackendAddressError(f"{error} Give {accepted}.") from error
        case _:
            raise _refused(parts, "documents are kept at", accepted)


def open_queue(url: str) -> WorkQueue:
    """The work queue at `in-process:`, or `redis://host:port/db?prefix=moisson` (`rediss://` with TLS)."""
    parts = _split(url, _QUEUE)
    match parts.scheme:
        case "in-process" if not parts.netloc and not parts.path and not parts.query:
            from moisson_shared.adapters.in_process_queue import InProcessQueue

            return InProcessQueue()
        case "redis" | "rediss":
            from moisson_shared.adapters.redis_queue import RedisQueue

            return RedisQueue(*_server_and_prefix(parts, "a work queue", _QUEUE, "moisson"))
        case _:
            raise _refused(parts, "work is queued at", _QUEUE)


def open_host_budget(url: str, at_once: int = 8) -> HostBudget:
    """The budget of hosts at `in-process:` or `redis://host:port/0?prefix=moisson-hosts`: `at_once` requests to one
    host at most. All processes that share it must be told the same number."""
    parts = _split(url, _HOST_BUDGET)
    match parts.scheme:
        case "in-process" if not parts.netloc and not parts.path and not parts.query:
            from moisson_shared.adapters.in_process_host_budget import InProcessHostBudget

            return InProcessHostBudget(at_once)
        case "redis" | "rediss":
            from moisson_shared.adapters.redis_host_budget import RedisHostBudget

            what = "a budget of hosts"
            server, prefix = _server_and_prefix(parts, what, _HOST_BUDGET, "moisson-hosts")
            return RedisHostBudget(server, prefix, at_once)
        case _:
            raise _refused(parts, "the budget of hosts is kept at", _HOST_BUDGET)


def open_search_reader(url: str) -> SearchIndexReader:
    """The search index at `tantivy:///absolute/folder` or `elasticsearch+http://host:port/prefix`, to read."""
    parts = _split(url, _SEARCH)
    match parts.scheme:
        case "tantivy":
            from moisson_shared.adapters.tantivy_reader import TantivySearchReader

            return TantivySearchReader(_absolute_path(parts, _SEARCH))
        case "elasticsearch+http" | "elasticsearch+https":
            from moisson_shared.adapters.elastic_reader import ElasticSearchReader

            return ElasticSearchReader(*_node_and_prefix(parts))
        case _:
            raise _refused(parts, "search indexes are kept at", _SEARCH)


def open_search_writer(url: str) -> SearchIndexWriter:
    """The search index at the same addresses, to write."""
    parts = _split(url, _SEARCH)
    match parts.scheme:
        case "tantivy":
            from moisson_shared.adapters.tantivy_writer import TantivySearchWriter

            return TantivySearchWriter(_absolute_path(parts, _SEARCH))
        case "elasticsearch+http" | "elasticsearch+https":
            from moisson_shared.adapters.elastic_writer import ElasticSearchWriter

            return ElasticSearchWriter(*_node_and_prefix(parts))
        case _:
            raise _refused(parts, "search indexes are kept at", _SEARCH)


_HOST_BUDGET = "in-process: or redis://host:port/0?prefix=moisson-hosts"
_SEARCH = "tantivy:///absolute/folder or elasticsearch+http://host:port/prefix"
_QUEUE = "in-process: or redis://host:port/db?prefix=moisson"


def _server_and_prefix(parts: SplitResult, what: str, accepted: str, default: str) -> tuple[str, str]:
    # What is wrong with an address is not told in detail: it may be a part of a password.
    found = re.fullmatch(r"prefix=([a-z0-9][a-z0-9-]{0,62})|", parts.query)
    if not _is_server(parts) or found is None or not re.fullmatch(r"(/\d{0,4})?", parts.path) or parts.fragment:
        raise BackendAddressError(
            f"An address of {what} is not understood; give {accepted}; a prefix is of a-z, 0-9 and hyphens."
        )
    return parts._replace(query="").geturl(), found[1] or default


def _node_and_prefix(parts: SplitResult) -> tuple[str, str]:
    prefix = parts.path.strip("/")
    if not parts.netloc or not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", prefix) or parts.query or parts.fragment:
        raise BackendAddressError(
            f"An address of a search index is not understood; give {_SEARCH}; a prefix is of a-z, 0-9 and hyphens."
        )
    return f"{parts.scheme.removeprefix('elasticsearch+')}://{parts.netloc}", prefix


def _is_server(parts: SplitResult) -> bool:
    try:
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _split(url: str, accepted: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise BackendAddressError(f"A backend's address is no URL ({error}); give {accepted}.") from error


def _absolute_path(parts: SplitResult, accepted: str) -> Path:
    path = Path("/" + unquote(parts.path).lstrip("/")) if parts.path.startswith("/") else Path()
    if parts.netloc or parts.query or parts.fragment or not path.is_absolute() or not path.name or "\0" in str(path):
        raise BackendAddressError(f"{parts.geturl()!r} names no file; give {accepted}, with three slashes.")
    return path


def _refused(parts: SplitResult, purpose: str, accepted: str) -> BackendAddressError:
    # The address may hold a password: only its scheme is repeated.
    return BackendAddressError(f"A backend's address begins with {parts.scheme or 'nothing'!r}; {purpose} {accepted}.")
