"""The public api as docs/interfaces.md describes it, small: for tests of the gateway alone, served on loopback."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from moisson_viz_gateway.neighbours.api_client import ProjectAnswer
from tests.viz_gateway.sample_corpus import PARTNERS, SCHEMA, TAXONOMY, sample_projects

PASSWORD = "correct horse battery staple"
MEMBERS = {"a1": ("mia@essor.example", "owner"), "a2": ("ali@essor.example", "viewer")}
NEWCOMER = "zoe@essor.example"
"""Who has an account and belongs to no partner yet."""
LABELS = {concept.code: concept.labels for concept in TAXONOMY.concepts}


@dataclass
class FakeApi:
    """What the api holds, what it was asked, and how it is to misbehave."""

    projects: tuple[ProjectAnswer, ...] = field(default_factory=sample_projects)
    roles: tuple[str, ...] = ("steward", "partner")
    partners: tuple[str, ...] = ("ronce",)
    partner_roles: dict[str, str] = field(default_factory=dict)
    access: Callable[[], str] | None = None
    """Makes the access tokens, where a service is to verify them."""
    lifetime: int = 600
    down: bool = False
    problem: tuple[int, str] | None = None
    asked: list[tuple[str, list[tuple[str, str]], str | None]] = field(default_factory=list)
    refreshes: int = 0
    refresh_tokens: set[str] = field(default_factory=set)
    signed_in_from: list[str | None] = field(default_factory=list)
    logged_out: list[str] = field(default_factory=list)
    members: dict[str, tuple[str, str]] = field(default_factory=lambda: dict(MEMBERS))
    """Of every partner: address and role by account."""

    def app(self) -> FastAPI:
        """The app over this state."""
        app = FastAPI()
        app.get("/healthz")(self._health)
        app.get("/v1/corpora/{corpus}")(self._corpus)
        app.get("/v1/corpora/{corpus}/projects")(self._search)
        app.get("/v1/corpora/{corpus}/projects/{project:path}")(self._project)
        app.get("/v1/corpora/{corpus}/map")(self._map)
        app.post("/v1/login")(self._login)
        app.post("/v1/refresh")(self._refresh)
        app.post("/v1/logout")(self._logout)
        app.post("/v1/first-admin")(self._first_admin)
        app.get("/v1/partners/{partner}/members")(self._members)
        app.get("/v1/partners/{partner}/members/audit")(self._member_changes)
        app.put("/v1/partners/{partner}/members")(self._put_member)
        app.delete("/v1/partners/{partner}/members/{account}")(self._remove_member)
        return app

    async def _health(self) -> Response:
        return JSONResponse({"status": "alive"}, 503 if self.down else 200)

    async def _corpus(self, corpus: str, request: Request) -> Response:
        if refused := self._refused(request, corpus):
            return refused
        return JSONResponse(
            {
                "id": corpus,
                "labels": {"fr": "Projets"},
                "version": 1,
                "projects": len(self.projects),
                "places": 40,
                "schema": SCHEMA.model_dump(mode="json"),
                "taxonomies": [TAXONOMY.model_dump(mode="json")],
                "partners": [partner.model_dump(mode="json") for partner in PARTNERS],
                "built_at": "2026-01-01T00:00:00Z",
                "level": "opendata",
                "levels": ["opendata"],
            }
        )

    async def _search(self, corpus: str, request: Request) -> Response:
        if refused := self._refused(request, corpus):
            return refused
        asked = request.query_params
        found = self._found(asked.multi_items())
        if asked.get("sort"):
            name = asked["sort"].removeprefix("-")
            found.sort(key=lambda p: str(p.fields.get(name, "")), reverse=asked["sort"].startswith("-"))
        if not asked.get("cursor", "c0")[1:].isdigit():
            return problem(422, "invalid", [{"pointer": "/query/cursor", "message": "this is not a cursor"}])
        start, size = int(asked.get("cursor", "c0")[1:]), int(asked["size"])
        names = asked.get("facets", "").split(",") if asked.get("facets") else []
        return JSONResponse(
            {
                "corpus": corpus,
                "version": 1,
                "total": len(found),
                "projects": [self._hit(p, asked.get("q", "")) for p in found[start : start + size]],
                "facets": {name: self._facet(name, asked.multi_items(), asked.get("lang", "fr")) for name in names},
                "next": f"c{start + size}" if start + size < len(found) else None,
            }
        )

    async def _project(self, corpus: str, project: str, request: Request) -> Response:
        if refused := self._refused(request, corpus):
            return refused
        found = next((p for p in self.projects if p.id == project), None)
        if found is None:
            return problem(404, "not-found")
        alone = {"corpus": corpus, "version": 1} | found.model_dump(mode="json", exclude={"highlights"})
        return JSONResponse(alone)

    async def _map(self, corpus: str, request: Request) -> Response:
        if refused := self._refused(request, corpus):
            return refused
        found = self._found(request.query_params.multi_items())
        features = [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [p.point.longitude, p.point.latitude]},
                "properties": {"id": project.id, "title": project.title},
            }
            for project in found
            for p in project.places
            if p.point
        ]
        body = {
            "type": "FeatureCollection",
            "features": features,
            "projects": len(found),
            "places": len(features),
            "truncated": 0,
        }
        return JSONResponse(body, media_type="application/geo+json")

    async def _login(self, request: Request) -> Response:
        self.signed_in_from.append(request.headers.get("x-forwarded-for"))
        if self.problem:
            return problem(*self.problem)
        body = await request.json()
        if body["password"] != PASSWORD:
            return problem(401, "unauthenticated")
        return JSONResponse(self._tokens(body["email"]))

    async def _refresh(self, request: Request) -> Response:
        if self.down:
            return problem(503, "unavailable")
        token = (await request.json())["refresh_token"]
        if token not in self.refresh_tokens:
            return problem(401, "unauthenticated")
        self.refresh_tokens.discard(token)
        self.refreshes += 1
        return JSONResponse(self._tokens("equipe@ronce.example"))

    async def _logout(self, request: Request) -> Response:
        self.logged_out.append((await request.json())["refresh_token"])
        return Response(status_code=204)

    async def _first_admin(self, request: Request) -> Response:
        body = await request.json()
        if body["token"] != "once":
            return problem(401, "unauthenticated")
        if len(body["password"]) < 12:
            return problem(422, "invalid", [{"pointer": "/password", "message": "give at least 12 characters"}])
        return JSONResponse({"id": "a1", "email": body["email"], "name": body["name"], "roles": ["admin"]}, 201)

    async def _members(self) -> Response:
        items = [
            {"account": account, "email": email, "name": email.partition("@")[0].capitalize(), "role": role}
            for account, (email, role) in self.members.items()
        ]
        return JSONResponse({"items": items, "next": None})

    async def _member_changes(self, partner: str) -> Response:
        entry = {"id": "1", "at": "2026-03-01T10:00:00Z", "who": "a1", "verb": "replaced", "kind": "member"}
        entry |= {"document": "a2", "partner": partner}
        changes = [{"pointer": "/role", "before": "viewer", "after": "owner", "hidden": False}]
        return JSONResponse({"items": [{**entry, "changes": changes, "more": 0}], "next": None})

    async def _put_member(self, request: Request) -> Response:
        body = await request.json()
        known = {**{email: account for account, (email, _) in self.members.items()}, NEWCOMER: "a9"}
        if body["email"] not in known:
            return problem(
                422, "invalid", [{"pointer": "/email", "message": "nobody has an account with this address"}]
            )
        self.members[known[body["email"]]] = (body["email"], body["role"])
        return JSONResponse({})

    async def _remove_member(self, account: str) -> Response:
        return Response(status_code=204) if self.members.pop(account, None) else problem(404, "not-found")

    def _tokens(self, email: str) -> dict[str, Any]:
        number = len(self.asked) + self.refreshes + len(self.refresh_tokens) + len(self.logged_out)
        token = f"refresh-{self.refreshes}-{number}"
        self.refresh_tokens.add(token)
        account = {
            "id": "a1",
            "email": email,
            "name": "Équipe éditoriale",
            "roles": self.roles,
            "partners": self.partners,
            "partner_roles": self.partner_roles,
        }
        return {
            "access_token": self.access() if self.access else f"access-{self.refreshes}",
            "refresh_token": token,
            "token_type": "Bearer",
            "expires_in": self.lifetime,
            "account": account,
        }

    def _refused(self, request: Request, corpus: str) -> Response | None:
        self.asked.append((request.url.path, request.query_params.multi_items(), request.headers.get("authorization")))
        if self.down:
            return problem(503, "unavailable")
        if self.problem:
            return problem(*self.problem)
        return problem(404, "not-found") if corpus != "cis" else None

    def _found(self, asked: list[tuple[str, str]], without: str = "") -> list[ProjectAnswer]:
        filters: dict[str, set[str]] = {}
        text = ""
        for name, value in asked:
            if name == "q":
                text = value.casefold()
            elif name == "partner" or (name != without and name in SCHEMA.by_name()):
                filters.setdefault(name, set()).add(value)
        filters.pop(without, None)
        return [
            project
            for project in self.projects
            if text in f"{project.title} {project.fields.get('description', '')} {_texts(project, 'city')}".casefold()
            and all(values & set(_texts(project, name)) for name, values in filters.items())
        ]

    def _facet(self, name: str, asked: list[tuple[str, str]], language: str) -> dict[str, Any]:
        counts = Counter(value for p in self._found(asked, without=name) for value in set(_texts(p, name)))
        chosen = {value for asked_name, value in asked if asked_name == name}
        names = {partner.id: partner.name for partner in PARTNERS}
        label = SCHEMA.by_name()[name].labels["fr"] if name in SCHEMA.by_name() else "Partenaire"
        size = int(next(value for asked_name, value in asked if asked_name == "facet_size"))
        return {
            "label": label,
            "values": [
                {
                    "value": value,
                    "label": LABELS.get(value, {}).get(language) or names.get(value, value),
                    "count": count,
                    "selected": value in chosen,
                }
                for value, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:size]
            ],
            "complete": len(counts) <= size,
        }

    def _hit(self, project: ProjectAnswer, text: str) -> dict[str, Any]:
        hit = project.model_dump(mode="json") | {"score": 1.0 if text else None}
        description = str(project.fields.get("description", ""))
        start = description.casefold().find(text.casefold()) if text else -1
        if start >= 0:
            hit["highlights"] = {"description": [{"text": description, "marks": [[start, start + len(text)]]}]}
        return hit


def _texts(project: ProjectAnswer, name: str) -> list[str]:
    if name == "partner":
        return [project.partner]
    values = [project.fields.get(name), *(place.fields.get(name) for place in project.places)]
    flat = [one for value in values if value is not None for one in (value if isinstance(value, tuple) else (value,))]
    return ["true" if one is True else "false" if one is False else str(one) for one in flat]


def problem(status: int, name: str, faults: list[dict[str, str]] | None = None) -> Response:
    """A problem as every service answers it (RFC 9457)."""
    body: dict[str, Any] = {"type": f"/problems/{name}", "title": name, "status": status, "detail": f"It is {name}."}
    return JSONResponse(body | ({"faults": faults} if faults else {}), status, media_type="application/problem+json")
