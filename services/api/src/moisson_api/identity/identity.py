"""Everything the api knows about who is who, built over one document store."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from argon2 import PasswordHasher

from moisson_api.identity.account import ACCOUNTS, ADMIN_ROSTER, CREDENTIALS
from moisson_api.identity.accounts import Accounts
from moisson_api.identity.first_admin import TICKETS, FirstAdmin
from moisson_api.identity.installation_secret import INSTALLATION_SECRETS, SharedSecret
from moisson_api.identity.keyring import Keyring
from moisson_api.identity.member_trail import MEMBER_CHANGES
from moisson_api.identity.passwords import PasswordHashing
from moisson_api.identity.refresh_family import REFRESH_FAMILIES, RefreshFamilies
from moisson_api.identity.service_client import ServiceClient
from moisson_api.identity.sign_in import SignIn, Throttles, TokenIssuer
from moisson_api.identity.signing_key import SIGNING_KEYS
from moisson_api.identity.throttle import Throttle
from moisson_api.settings import ApiSettings
from moisson_shared.adapters.sealing import Sealer
from moisson_shared.ports.documents import Collection, DocumentStore

COLLECTIONS: tuple[Collection[Any], ...] = (
    ACCOUNTS,
    CREDENTIALS,
    MEMBER_CHANGES,
    ADMIN_ROSTER,
    REFRESH_FAMILIES,
    SIGNING_KEYS,
    TICKETS,
    INSTALLATION_SECRETS,
)
"""What the api keeps, and nobody else writes."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The parts, for the routes and the commands."""

    accounts: Accounts
    hashing: PasswordHashing
    families: RefreshFamilies
    keyring: Keyring
    issuer: TokenIssuer
    sign_in: SignIn
    first_admin: FirstAdmin
    clients: dict[str, ServiceClient]
    cursor_secret: SharedSecret


def build_identity(
    settings: ApiSettings,
    documents: DocumentStore,
    clock: Callable[[], datetime],
    monotonic: Callable[[], float] = time.monotonic,
    hasher: PasswordHasher | None = None,
) -> Identity:
    """The parts over a store that is not opened yet. `hasher` has other parameters than RFC 9106's."""
    sealer = Sealer(settings.key_secret.get_secret_value() or None, "api keys")
    hashing = PasswordHashing(settings.password_threads, hasher)
    accounts = Accounts(documents, hashing, clock)
    families = RefreshFamilies(documents, clock)
    keyring = Keyring(documents, sealer, clock, settings.signing_key_life)
    issuer = TokenIssuer(keyring, settings.issuer, clock)
    window = float(settings.failed_logins_window_seconds)
    throttles = Throttles(
        account=Throttle(settings.failed_logins_per_account, window, monotonic),
        address=Throttle(settings.failed_logins_per_address, window, monotonic),
    )
    return Identity(
        accounts=accounts,
        hashing=hashing,
        families=families,
        keyring=keyring,
        issuer=issuer,
        sign_in=SignIn(documents, accounts, hashing, families, issuer, throttles),
        first_admin=FirstAdmin(documents, accounts, clock),
        clients=settings.service_clients(),
        cursor_secret=SharedSecret(documents, sealer, "search-cursors"),
    )
