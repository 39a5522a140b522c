"""Headers that every answer has, and errors as pages that say what to do."""

import re

import pytest

from tests.viz_gateway.running_gateway import Running

PAGES = ("/fr/cis", "/fr/cis/map", "/fr/cis/projects/p003", "/studio/login", "/nowhere", "/static/none.css")


@pytest.mark.parametrize("path", PAGES)
async def test_every_answer_is_strict(gateway: Running, path: str) -> None:
    headers = (await gateway.get(path)).headers
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] in {"strict-origin-when-cross-origin", "no-referrer"}


@pytest.mark.parametrize("path", PAGES[:4])
async def test_pages_have_nothing_inline(gateway: Running, path: str) -> None:
    html = (await gateway.get(path)).text
    assert re.findall(r"\sstyle=|\son\w+=|<style", html) == []
    assert re.findall(r"<script(?![^>]*(src=\"/static/|application/ld\+json))", html) == []


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/fr/cis/projects/none", 404, "Cette page n’existe pas."),
        ("/fr/none", 404, "Cette page n’existe pas."),
        ("/en/cis/projects/none", 404, "This page does not exist."),
        ("/de/cis", 404, "Cette page n’existe pas."),
        ("/a/b/c/d/e", 404, "Cette page n’existe pas."),
    ],
)
async def test_what_is_not_there(gateway: Running, path: str, status: int, said: str) -> None:
    response = await gateway.get(path, **{"Accept-Language": "fr"})
    assert response.status_code == status
    assert said in response.text
    assert "text/html" in response.headers["content-type"]


async def test_a_neighbour_that_is_away_is_a_page_with_a_second_try(gateway: Running) -> None:
    gateway.api.down = True
    response = await gateway.get("/fr/cis?q=vélo")
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) >= 1
    assert "Une pièce manque à l’appel." in response.text
    assert 'href="/fr/cis?q=v%C3%A9lo"' in response.text
    gateway.api.down = False
    assert (await gateway.get("/fr/cis?q=vélo")).status_code == 200


async def test_an_expired_cursor_leads_to_the_first_page(gateway: Running) -> None:
    assert (await gateway.get("/fr/cis")).status_code == 200
    gateway.api.problem = (410, "cursor-expired")
    response = await gateway.get("/fr/cis?page=2&after=old")
    assert response.status_code == 410
    assert "Ces résultats ont été renouvelés." in response.text
    assert 'href="/fr/cis"' in response.text


async def test_an_unpublished_corpus_is_a_beginning_not_a_fault(gateway: Running) -> None:
    gateway.api.problem = (404, "not-found")
    response = await gateway.get("/fr/cis")
    assert response.status_code == 404
    assert "La récolte n’a pas encore commencé." in response.text


async def test_too_many_requests_are_told_so(gateway: Running) -> None:
    assert (await gateway.get("/fr/cis")).status_code == 200
    gateway.api.problem = (429, "too-many-requests")
    response = await gateway.get("/fr/cis")
    assert response.status_code == 429
    assert "Un peu trop vite." in response.text


async def test_a_map_gets_its_problem_as_json(gateway: Running) -> None:
    gateway.api.down = True
    response = await gateway.get("/fr/cis/map.geojson")
    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"


async def test_an_error_names_its_request(gateway: Running) -> None:
    response = await gateway.get("/nowhere/at/all/x", **{"X-Request-Id": "abcdef123456"})
    assert "abcdef123456" in response.text


async def test_a_method_that_is_not_there_is_a_page(gateway: Running) -> None:
    response = await gateway.http.delete("/fr/cis")
    assert response.status_code == 404
    assert "text/html" in response.headers["content-type"]


async def test_a_form_that_is_too_large_is_a_page(gateway: Running) -> None:
    response = await gateway.http.post("/studio/login", content=b"x" * 10_000_001)
    assert response.status_code == 413
    assert "trop volumineux" in response.text
