"""Accounts, for admins: what they are, and changes under a version check."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from moisson_api.identity.account import Account, AccountDraft, AccountView
from moisson_api.identity.accounts import Accounts
from moisson_shared.contracts.access import Caller, Role
from moisson_shared.contracts.model import Contract
from moisson_shared.ports.documents import Stored
from moisson_shared.web.auth import SignedInDep, require_roles
from moisson_shared.web.conditional import etag, expected_version, not_modified
from moisson_shared.web.paging import PageDep, list_response

IfMatch = Annotated[str | None, Header()]


class AccountPage(Contract):
    """A page of accounts."""

    items: tuple[AccountView, ...]
    next: str | None


def account_router(accounts: Accounts) -> APIRouter:
    """The routes over the accounts of one installation."""
    router = APIRouter(prefix="/v1/accounts", tags=["accounts"])

    @router.get("", response_model=AccountPage, summary="All accounts, the oldest first")
    async def listed(caller: SignedInDep, page: PageDep) -> Response:
        await _require_admin(accounts, caller)
        found = await accounts.page(page.limit, page.after)
        response = list_response([AccountView.of(stored.value) for stored in found.items], found.next)
        response.headers["Cache-Control"] = "private, no-cache"
        return response

    @router.post("", status_code=201, response_model=AccountView, summary="A new account")
    async def create(caller: SignedInDep, draft: AccountDraft) -> Response:
        await _require_admin(accounts, caller)
        account = await accounts.create(draft, caller.subject)
        response = _shown(Stored(account.id, 1, account), 201)
        response.headers["Location"] = f"/v1/accounts/{account.id}"
        return response

    @router.get("/{account_id}", response_model=AccountView, summary="One account, with its version as ETag")
    async def shown(caller: SignedInDep, account_id: str, request: Request) -> Response:
        await _require_admin(accounts, caller)
        stored = await accounts.get(account_id)
        if not_modified(request.headers.get("if-none-match"), stored.version):
            return Response(status_code=304, headers={"ETag": etag(stored.version)})
        return _shown(stored)

    @router.put("/{account_id}", response_model=AccountView, summary="Replace an account; needs If-Match")
    async def replace(caller: SignedInDep, account_id: str, draft: AccountDraft, if_match: IfMatch = None) -> Response:
        await _require_admin(accounts, caller)
        return _shown(
            await accounts.replace(account_id, draft, lambda has: expected_version(if_match, has), caller.subject)
        )

    @router.delete("/{account_id}", status_code=204, summary="Delete an account; If-Match is honoured")
    async def remove(caller: SignedInDep, account_id: str, if_match: IfMatch = None) -> Response:
        await _require_admin(accounts, caller)
        await accounts.remove(account_id, lambda has: expected_version(if_match or "*", has), caller.subject)
        return Response(status_code=204)

    return router


async def _require_admin(accounts: Accounts, caller: Caller) -> None:
    """By the token, and by the roster: an admin who was removed ten minutes ago must not come back by their token."""
    require_roles(caller, Role.ADMIN)
    await accounts.require_admin_still(caller.subject)


def _shown(stored: Stored[Account], status: int = 200) -> Response:
    headers = {"ETag": etag(stored.version), "Cache-Control": "private, no-cache"}
    return Response(AccountView.of(stored.value).model_dump_json(), status, headers, "application/json")
