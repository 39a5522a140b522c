"""What sign-in, refresh and the one-time link are sent, and what they answer."""

from typing import Annotated

from pydantic import Field, SecretStr

from moisson_api.identity.access_token import ACCESS_TOKEN_LIFE, TOKEN_TYPE
from moisson_api.identity.account import AccountDraft, AccountView, Email, PersonName
from moisson_api.identity.sign_in import Session
from moisson_shared.contracts.access import Role
from moisson_shared.contracts.model import Contract

TokenText = Annotated[str, Field(min_length=1, max_length=400)]
EXPIRES_IN = int(ACCESS_TOKEN_LIFE.total_seconds())


class Credentials(Contract):
    """An address and a password, whatever they are: only the comparison tells."""

    email: Annotated[str, Field(max_length=254)]
    password: Annotated[SecretStr, Field(max_length=1024)]


class RefreshToken(Contract):
    """A refresh token."""

    refresh_token: TokenText


class PasswordChange(Contract):
    """One's own password, and the next one."""

    current_password: Annotated[SecretStr, Field(max_length=1024)]
    new_password: Annotated[SecretStr, Field(max_length=1024)]


class FirstAdminBody(Contract):
    """The one-time token, and who the first admin is."""

    token: TokenText
    email: Email
    name: PersonName
    password: Annotated[SecretStr, Field(max_length=1024)]

    def draft(self) -> AccountDraft:
        return AccountDraft(email=self.email, name=self.name, roles=frozenset({Role.ADMIN}), password=self.password)


class SessionView(Contract):
    """A pair of tokens and whose they are. `expires_in` is in seconds."""

    access_token: str
    refresh_token: str
    token_type: str = TOKEN_TYPE
    expires_in: int = EXPIRES_IN
    account: AccountView

    @classmethod
    def of(cls, session: Session) -> "SessionView":
        return cls(
            access_token=session.access_token,
            refresh_token=session.refresh_token,
            account=AccountView.of(session.account),
        )


class ServiceTokenView(Contract):
    """A service's token (RFC 6749, 5.1)."""

    access_token: str
    token_type: str = TOKEN_TYPE
    expires_in: int = EXPIRES_IN
