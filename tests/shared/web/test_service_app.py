"""What every service does around its own routes, seen through HTTP."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import structlog
from structlog.typing import EventDict

from moisson_shared.contracts.errors import Unavailable
from moisson_shared.web.health import Probe
from tests.shared.web.sample_service import KEY, an_app, asking
from tests.shared.web.tokens import a_token


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with asking(an_app()) as asked:
        yield asked


@pytest.fixture
def log_lines() -> Iterator[list[EventDict]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.mark.parametrize(
    ("path", "status", "kind", "header", "value"),
    [
        ("/v1/things/absent", 404, "not-found", None, None),
        ("/v1/things/busy", 429, "too-many-requests", "Retry-After", "7"),
        ("/v1/things/away", 503, "unavailable", "Retry-After", "9"),
        ("/v1/me", 401, "unauthenticated", "WWW-Authenticate", 'Bearer realm="moisson"'),
        ("/nowhere", 404, "not-found", None, None),
        ("/v1/drafts", 405, "method-not-allowed", "Allow", "POST"),
        ("/v1/things/broken", 500, "internal-error", None, None),
    ],
)
async def test_errors_are_problems(
    client: httpx.AsyncClient, path: str, status: int, kind: str, header: str | None, value: str | None
) -> None:
    response = await client.get(path, headers={"X-Request-Id": "request-0001"})
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == f"/problems/{kind}"
    assert problem["status"] == status
    assert problem["instance"] == response.headers["x-request-id"] == "request-0001"
    assert problem["title"]
    assert problem["detail"]
    if header is not None:
        assert response.headers[header] == value


async def test_the_title_is_in_the_readers_language(client: httpx.AsyncClient) -> None:
    for accepted, title in (("fr-FR,fr;q=0.9,en;q=0.8", "Introuvable"), ("en", "Not found"), ("de", "Not found")):
        response = await client.get("/nowhere", headers={"Accept-Language": accepted})
        assert response.json()["title"] == title


async def test_a_problems_type_leads_to_its_description(client: httpx.AsyncClient) -> None:
    kind = (await client.get("/nowhere")).json()["type"]
    page = await client.get(kind, headers={"Accept-Language": "fr"})
    assert page.status_code == 200
    assert "<h1>Introuvable</h1>" in page.text
    assert "Not found" in page.text
    assert (await client.get("/problems/unheard-of")).status_code == 404


async def test_a_crash_is_logged_once_and_tells_the_caller_nothing_of_it(
    client: httpx.AsyncClient, log_lines: list[EventDict]
) -> None:
    response = await client.get("/v1/things/broken", headers={"X-Request-Id": "request-0002"})
    assert "secret-detail" not in response.text
    assert "request-0002" in response.json()["detail"]
    failures = [line for line in log_lines if line["event"] == "failed"]
    assert len(failures) == 1
    assert failures[0]["exc_info"]
    assert [line["status"] for line in log_lines if line["event"] == "request"] == [500]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"fields": []}, {"/title"}),
        (
            {"title": 3, "fields": [{"name": "a", "weight": "x"}, {"name": "b"}]},
            {"/title", "/fields/0/weight", "/fields/1/weight"},
        ),
        ([], {""}),
        ({"title": "t", "fields": {"a": 1}}, {"/fields"}),
    ],
)
async def test_faults_point_into_the_document(client: httpx.AsyncClient, body: object, pointers: set[str]) -> None:
    response = await client.post("/v1/drafts", json=body)
    assert response.status_code == 422
    problem = response.json()
    assert problem["type"] == "/problems/invalid"
    assert {fault["pointer"] for fault in problem["faults"]} == pointers
    assert all(fault["message"] for fault in problem["faults"])


async def test_faults_in_parameters_and_broken_json_are_named(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/things/a", params={"size": "many"})
    assert [fault["pointer"] for fault in response.json()["faults"]] == ["/query/size"]
    response = await client.post("/v1/drafts", content=b'{"title": ', headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert "not JSON" in response.json()["faults"][0]["message"]


async def test_bodies_beyond_the_limit_are_refused_announced_or_not(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"x" * 100

    announced = await client.post("/v1/drafts", content=b"x" * 3000, headers={"Content-Type": "application/json"})
    chunked = await client.post("/v1/drafts", content=chunks(), headers={"Content-Type": "application/json"})
    for response in (announced, chunked):
        assert response.status_code == 413
        assert response.json()["type"] == "/problems/too-large"


@pytest.mark.parametrize(
    ("offered", "kept"),
    [
        ("abcd-EFGH_0123", True),
        ("a" * 64, True),
        ("short", False),
        ("a" * 65, False),
        ("with space in it", False),
        ("<script>alert(1)</script>", False),
        ("", False),
        (None, False),
    ],
)
async def test_a_request_id_is_kept_when_it_looks_like_one(
    client: httpx.AsyncClient, offered: str | None, kept: bool
) -> None:
    headers = {} if offered is None else {"X-Request-Id": offered}
    answered = (await client.get("/healthz", headers=headers)).headers["x-request-id"]
    if kept:
        assert answered == offered
    else:
        assert re.fullmatch(r"[0-9a-f]{32}", answered)


async def test_one_line_per_request_without_tokens_or_bodies(
    client: httpx.AsyncClient, log_lines: list[EventDict]
) -> None:
    token = a_token(KEY)
    await client.get("/v1/things/a?size=3&q=private-words", headers={"Authorization": f"Bearer {token}"})
    lines = [line for line in log_lines if line["event"] == "request"]
    assert len(lines) == 1
    line = lines[0]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/v1/things/{thing}", 200)
    assert line["subject"] == "ada"
    assert line["ms"] >= 0
    assert token not in str(log_lines)
    assert "private-words" not in str(log_lines)


async def test_metrics_count_by_template_not_by_path(client: httpx.AsyncClient) -> None:
    for thing in "abc":
        await client.get(f"/v1/things/{thing}")
    await client.get("/wp-login.php")
    text = (await client.get("/metrics")).text
    assert 'moisson_http_requests_total{method="GET",route="/v1/things/{thing}",status="200"} 3.0' in text
    assert 'route="unmatched",status="404"} 1.0' in text
    assert "wp-login" not in text
    assert "moisson_http_request_seconds_bucket" in text


async def test_answers_carry_safe_headers(client: httpx.AsyncClient) -> None:
    for path in ("/v1/things/a", "/nowhere", "/v1/things/broken", "/healthz"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "referrer-policy" in headers


async def there() -> None:
    """A probe that finds everything in place."""


async def away() -> None:
    raise Unavailable("away")


async def broken() -> None:
    raise RuntimeError("a bug in a probe")


async def silent() -> None:
    await asyncio.sleep(60)


async def test_readiness_tells_the_vital_from_the_rest() -> None:
    cases: list[tuple[list[Probe], int, object]] = [
        ([], 200, []),
        ([Probe("store", there, vital=True), Probe("api", there)], 200, []),
        (
            [Probe("store", there, vital=True), Probe("api", away), Probe("normalizer", broken)],
            200,
            ["api", "normalizer"],
        ),
        ([Probe("store", away, vital=True), Probe("api", there)], 503, None),
        ([Probe("store", there, vital=True), Probe("api", silent), Probe("other", silent)], 200, ["api", "other"]),
    ]
    for probes, status, degraded in cases:
        async with asking(an_app(*probes)) as client:
            response = await client.get("/readyz")
            alive = await client.get("/healthz")
        assert response.status_code == status
        assert alive.status_code == 200
        if status == 200:
            assert response.json() == {"status": "degraded" if degraded else "ready", "degraded": degraded}
        else:
            assert "store" in response.json()["detail"]
            assert response.headers["retry-after"]


async def test_docs_load_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "/v1/things/{thing}" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert re.findall(r"""(?:src|href)=["'](?!#)([^"']+)""", page.text) == ["openapi.json"]
    assert "<script" not in page.text


async def test_the_openapi_document_shows_problems_and_the_token(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert "/problems/not-found" in document["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]
    answers = document["paths"]["/v1/drafts"]["post"]["responses"]
    assert "422" not in answers
    assert "application/problem+json" in answers["default"]["content"]
    assert "HTTPValidationError" not in str(document)
    assert "/healthz" not in document["paths"]


async def test_callers_are_known_by_their_token(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/anyone")).json() == {"subject": "anonymous"}
    headers = {"Authorization": f"Bearer {a_token(KEY)}"}
    for path in ("/v1/anyone", "/v1/me"):
        assert (await client.get(path, headers=headers)).json() == {"subject": "ada"}


@pytest.mark.parametrize("header", ["Bearer x.y.z", "Bearer", "Basic YTpi", "Bearer a b", "x"])
async def test_a_bad_token_is_refused_even_where_none_is_needed(client: httpx.AsyncClient, header: str) -> None:
    for path in ("/v1/anyone", "/v1/things/a"):
        response = await client.get(path, headers={"Authorization": header})
        assert response.status_code == 401
        assert response.json()["type"] == "/problems/unauthenticated"
    for path in ("/healthz", "/readyz", "/metrics"):
        assert (await client.get(path, headers={"Authorization": header})).status_code == 200


async def test_two_authorizations_are_refused(client: httpx.AsyncClient) -> None:
    header = ("Authorization", f"Bearer {a_token(KEY)}")
    assert (await client.get("/v1/anyone", headers=[header, header])).status_code == 401
