"""The services that may ask for tokens of their own: who is expected, with which secret, for which scopes. Pure."""

import hmac

from pydantic import SecretStr

from moisson_api.identity.access_token import SERVICE_AUDIENCES
from moisson_shared.contracts.model import Contract, Slug


class ServiceClient(Contract):
    """One expected client, from the settings of the api."""

    id: Slug
    secret: SecretStr
    scopes: frozenset[str] = frozenset()


SCOPES = {
    "scraper": frozenset({"notices:write"}),
    "normalizer": frozenset({"raw-records:read", "partners:read"}),
    "viz-gateway": frozenset[str](),
}
"""What each service needs of its neighbours (docs/interfaces.md)."""


class OAuthFault(Exception):
    """A refused token request: `error` is a code of RFC 6749, 5.2, or RFC 8707, 2; `str()` is for people."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


def recognise(expected: dict[str, ServiceClient], client_id: str, secret: str) -> ServiceClient:
    """The client with this id and secret, compared in constant time; `OAuthFault` otherwise, without saying which."""
    client = expected.get(client_id)
    known = client.secret.get_secret_value() if client else ""
    same = hmac.compare_digest(known.encode(), secret.encode())
    if client is None or not known or not same:
        raise OAuthFault("invalid_client", "unknown client, or not its secret")
    return client


def check_audience(audience: str | None) -> str:
    """The service that the token is for."""
    if audience is None:
        raise OAuthFault("invalid_request", "say for which service the token is: audience")
    if audience not in SERVICE_AUDIENCES:
        raise OAuthFault("invalid_target", f"no such audience; there are {', '.join(sorted(SERVICE_AUDIENCES))}")
    return audience
