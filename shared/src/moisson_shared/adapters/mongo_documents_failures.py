"""What MongoDB's errors mean in our terms. Knows pymongo's errors; decides nothing about retries but names them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    DocumentTooLarge,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WTimeoutError,
)

from moisson_shared.contracts.errors import AlreadyExists, TooLarge, Unavailable

_DUPLICATE_KEY = 11000
_TOO_LARGE = {10334, 17280, 17419, 17420}
_REFUSED = {13: "it does not allow this", 18: "it does not accept the credentials"}
_AWAY = {24, 46, 50, 64, 89, 91, 100, 112, 133, 189, 251, 262, 290, 11600, 11602, 10107, 13388, 13435, 13436, 14031}
"""Locks and time limits, write concerns not met, elections, shutdown, lost transactions, a full disk."""


def is_transient(error: PyMongoError) -> bool:
    """Whether the whole transaction may be tried again: it conflicted, or the connection was lost within it."""
    return error.has_error_label("TransientTransactionError") and not isinstance(error, ServerSelectionTimeoutError)


def is_write_conflict(error: PyMongoError) -> bool:
    """Whether another transaction was writing the same documents."""
    return isinstance(error, OperationFailure) and error.code in {112, 24}


def outcome_unknown(error: PyMongoError) -> bool:
    """Whether a commit may or may not have happened; it is safe to send it again."""
    return error.has_error_label("UnknownTransactionCommitResult")


def duplicate(error: PyMongoError) -> dict[str, Any] | None:
    """The write error of a taken key or unique group."""
    details = error.details if isinstance(error, OperationFailure) else None
    for found in (details or {}).get("writeErrors", [details or {}]):
        if found.get("code") == _DUPLICATE_KEY:
            return dict(found)
    return None


def taken(collection: str, found: dict[str, Any]) -> AlreadyExists:
    """The error for a duplicate, naming the attributes and not the engine."""
    attributes = ", ".join(name.removeprefix("a.") for name in found.get("keyPattern", {})) or "unique value"
    return AlreadyExists(f"{collection}: another document has the same {attributes}.")


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turns what the engine cannot do into `Unavailable` or `TooLarge`; our own mistakes stay what they are.

    `where` names the store for people, without credentials.
    """
    try:
        yield
    except DocumentTooLarge as error:
        raise TooLarge(f"A document is too large for the document store: {error}") from error
    except ConfigurationError:
        raise
    except (ConnectionFailure, ExecutionTimeout, WTimeoutError) as error:
        raise Unavailable(f"The document store {where} does not answer.") from error
    except OperationFailure as error:
        codes = _codes(error)
        if codes & _TOO_LARGE:
            raise TooLarge("A document is too large for the document store.") from error
        if refused := codes & _REFUSED.keys():
            raise Unavailable(f"The document store {where} cannot be used: {_REFUSED[refused.pop()]}.") from error
        if codes & _AWAY or error.has_error_label("RetryableWriteError"):
            raise Unavailable(f"The document store {where} cannot do this now.") from error
        raise


def _codes(error: OperationFailure) -> set[int]:
    codes = {error.code} if error.code is not None else set()
    if isinstance(error, BulkWriteError):
        details = error.details or {}
        codes |= {found["code"] for found in details.get("writeErrors", []) if "code" in found}
        codes |= {found["code"] for found in details.get("writeConcernErrors", []) if "code" in found}
    return codes
