"""`moisson-api`: serves the api, makes an admin, or renews the signing key. The composition root of the service."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Never

from pydantic import SecretStr, ValidationError

from moisson_api.app import create_app, utc_now
from moisson_api.identity.account import AccountDraft
from moisson_api.identity.accounts import check_draft_for_admin
from moisson_api.identity.identity import COLLECTIONS, Identity, build_identity
from moisson_api.settings import ApiSettings
from moisson_shared.adapters.open_backends import open_documents, open_search_reader
from moisson_shared.contracts.access import Role
from moisson_shared.contracts.errors import MoissonError
from moisson_shared.contracts.faults import message_of
from moisson_shared.web.serving import serve
from moisson_shared.web.settings import load_settings, opened


def main(arguments: Sequence[str] | None = None) -> None:
    """Does what the command line says; exit code 2 for a wrong one, 1 when it could not be done."""
    asked = _parser().parse_args(arguments)
    settings = load_settings(ApiSettings)
    match asked.command:
        case "create-admin":
            draft = _admin_draft(asked.email, asked.name, _read_password())
            asyncio.run(_with_identity(settings, lambda identity: _create_admin(identity, draft)))
        case "rotate-signing-key":
            compromised: bool = asked.compromised
            asyncio.run(_with_identity(settings, lambda identity: _rotate(identity, compromised=compromised)))
        case _:
            documents = opened(settings, "documents_url", open_documents)
            search_reader = opened(settings, "search_url", open_search_reader)
            serve(create_app(settings, documents, search_reader), settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="moisson-api", description="The public API of Moisson.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("serve", help="serve the api (the default)")
    admin = commands.add_parser("create-admin", help="make an account that administers; its password on standard input")
    admin.add_argument("--email", required=True)
    admin.add_argument("--name", required=True)
    rotate = commands.add_parser("rotate-signing-key", help="publish a new signing key, which signs in an hour")
    rotate.add_argument(
        "--compromised",
        action="store_true",
        help="sign with it at once and withdraw all earlier keys: everybody refreshes",
    )
    return parser


def _read_password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Mot de passe / Password: ")
    return sys.stdin.readline().rstrip("\r\n")


def _admin_draft(email: str, name: str, password: str) -> AccountDraft:
    try:
        draft = AccountDraft(email=email, name=name, roles=frozenset({Role.ADMIN}), password=SecretStr(password))
    except ValidationError as error:
        _end("; ".join(f"--{detail['loc'][0]}: {message_of(detail)}" for detail in error.errors(include_url=False)), 2)
    return draft


async def _with_identity(settings: ApiSettings, work: Callable[[Identity], Awaitable[str]]) -> None:
    documents = opened(settings, "documents_url", open_documents)
    identity = build_identity(settings, documents, utc_now)
    try:
        await documents.open(COLLECTIONS)
        sys.stdout.write(await work(identity) + "\n")
    except MoissonError as error:
        _end(str(error), 1)
    finally:
        identity.hashing.close()
        await documents.close()


async def _create_admin(identity: Identity, draft: AccountDraft) -> str:
    check_draft_for_admin(draft)
    account = await identity.accounts.create(draft)
    return f"{account.email} administers now (account {account.id})"


async def _rotate(identity: Identity, *, compromised: bool) -> str:
    key = await identity.keyring.rotate(compromised=compromised)
    return f"key {key.kid} signs from {key.signs_from.isoformat()}"


def _end(message: str, code: int) -> Never:
    sys.stderr.write(f"moisson-api: {message}\n")
    raise SystemExit(code)


if __name__ == "__main__":
    main()
