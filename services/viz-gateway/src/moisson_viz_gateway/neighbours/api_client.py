"""The public api as the gateway asks it: corpora, search, one project, the map, and people signing in."""

from typing import Annotated
from urllib.parse import quote

from pydantic import AliasChoices, Field

from moisson_shared.contracts.access import PartnerRole, Role
from moisson_shared.contracts.audit import AuditEntry
from moisson_shared.contracts.model import Count, Language
from moisson_shared.contracts.partner import PartnerCard
from moisson_shared.contracts.project import FieldValue, Place
from moisson_shared.contracts.schema import Schema
from moisson_shared.contracts.taxonomy import Taxonomy
from moisson_viz_gateway.neighbours.neighbour import Answer, ListPage, Neighbour, Parameters


class CorpusAnswer(Answer):
    """A published corpus as this caller may know it."""

    id: str
    labels: dict[Language, str]
    data_schema: Annotated[Schema, Field(validation_alias=AliasChoices("schema", "data_schema"))]
    taxonomies: tuple[Taxonomy, ...] = ()
    partners: tuple[PartnerCard, ...] = ()
    projects: Count = 0
    places: Count = 0


class HighlightAnswer(Answer):
    """A passage, and the half-open ranges of the found words in it, in characters."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


class ProjectAnswer(Answer):
    """A project as this caller may see it."""

    id: str
    title: str
    url: str | None = None
    partner: str
    source: str
    fields: dict[str, FieldValue] = {}
    places: tuple[Place, ...] = ()
    highlights: dict[str, tuple[HighlightAnswer, ...]] = {}


class FacetValueAnswer(Answer):
    """A value with its label and how many projects would be found with it."""

    value: str
    label: str
    count: Count
    selected: bool = False


class FacetAnswer(Answer):
    """A facet with its values, the most frequent first."""

    label: str
    values: tuple[FacetValueAnswer, ...]
    complete: bool = True
    """False where the api has cut the list."""


class SearchAnswer(Answer):
    """One page of what was found."""

    total: Count
    projects: tuple[ProjectAnswer, ...]
    facets: dict[str, FacetAnswer] = {}
    next: str | None = None


class AccountAnswer(Answer):
    """Who signed in."""

    id: str
    email: str
    name: str
    roles: frozenset[Role] = frozenset()
    partners: frozenset[str] = frozenset()
    partner_roles: dict[str, PartnerRole] = {}


class TokensAnswer(Answer):
    """The tokens of a person: `expires_in` seconds for the access token."""

    access_token: str
    refresh_token: str
    expires_in: Annotated[int, Field(ge=1)]
    account: AccountAnswer


class MemberAnswer(Answer):
    """Somebody who belongs to a partner."""

    account: str
    email: str
    name: str
    role: PartnerRole


class ApiClient:
    """Typed calls; each raises the domain errors of `Neighbour.call`."""

    def __init__(self, neighbour: Neighbour) -> None:
        self._api = neighbour

    async def corpus(self, corpus: str, token: str | None) -> CorpusAnswer:
        """The corpus with its schema, taxonomies and partners."""
        return await self._api.read(CorpusAnswer, f"/v1/corpora/{quote(corpus, safe='')}", token=token)

    async def search(self, corpus: str, parameters: Parameters, token: str | None) -> SearchAnswer:
        """A page of projects."""
        path = f"/v1/corpora/{quote(corpus, safe='')}/projects"
        return await self._api.read(SearchAnswer, path, token=token, parameters=parameters)

    async def project(self, corpus: str, project: str, language: str, token: str | None) -> ProjectAnswer:
        """One project."""
        path = f"/v1/corpora/{quote(corpus, safe='')}/projects/{quote(project, safe='')}"
        return await self._api.read(ProjectAnswer, path, token=token, parameters=[("lang", language)])

    async def places(self, corpus: str, parameters: Parameters, token: str | None) -> bytes:
        """The places of all that is found, as GeoJSON (RFC 7946)."""
        path = f"/v1/corpora/{quote(corpus, safe='')}/map"
        return (await self._api.call("GET", path, token=token, parameters=parameters)).content

    async def log_in(self, email: str, password: str, address: str | None) -> TokensAnswer:
        """Tokens for a person. `Unauthenticated` for a wrong pair, `TooManyRequests` after too many of them.

        `address` is the person's own: the api counts failures by it, and must not take all for one person, us.
        """
        headers = {"X-Forwarded-For": address} if address else None
        body = {"email": email, "password": password}
        response = await self._api.call("POST", "/v1/login", body=body, headers=headers)
        return self._api.understand(TokensAnswer, response)

    async def refresh(self, refresh_token: str) -> TokensAnswer:
        """New tokens for old ones, which die by this."""
        response = await self._api.call("POST", "/v1/refresh", body={"refresh_token": refresh_token})
        return self._api.understand(TokensAnswer, response)

    async def log_out(self, refresh_token: str) -> None:
        """Revokes the whole family of tokens."""
        await self._api.call("POST", "/v1/logout", body={"refresh_token": refresh_token})

    async def first_admin(self, token: str, email: str, name: str, password: str) -> None:
        """Makes the first admin with the one-time token that the api printed."""
        body = {"token": token, "email": email, "name": name, "password": password}
        await self._api.call("POST", "/v1/first-admin", body=body)

    async def members(self, token: str, partner: str) -> tuple[MemberAnswer, ...]:
        """Who belongs to a partner; `NotFound` for who may not know."""
        return await self._api.read_all(MemberAnswer, _members(partner), token=token)

    async def member_changes(self, token: str, partner: str, after: str = "") -> ListPage[AuditEntry]:
        """Who changed who belongs to a partner, one page of it."""
        parameters = [("limit", "50"), *([("after", after)] if after else [])]
        return await self._api.read(
            ListPage[AuditEntry], f"{_members(partner)}/audit", token=token, parameters=parameters
        )

    async def put_member(self, token: str, partner: str, email: str, role: str) -> None:
        """Makes an account a member, or changes its role; `Invalid` where there is no such account."""
        await self._api.call("PUT", _members(partner), token=token, body={"email": email, "role": role})

    async def remove_member(self, token: str, partner: str, account: str) -> None:
        """Takes an account out of a partner."""
        await self._api.call("DELETE", f"{_members(partner)}/{quote(account, safe='')}", token=token)

    async def check(self) -> None:
        """Raises `Unavailable` when the api does not answer."""
        await self._api.check()


def _members(partner: str) -> str:
    return f"/v1/partners/{quote(partner, safe='')}/members"
