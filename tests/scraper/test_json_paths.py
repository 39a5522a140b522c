"""RFC 9535 queries: what they find, and which are refused with a word for their author."""

from typing import Any

import pytest

from moisson_scraper.reading.json_paths import PathRefused, compile_path

DOCUMENT: dict[str, Any] = {
    "p": [
        {"n": "Atelier vélo", "ville": "Nantes", "k": 12, "t": ["a", "b"], "o": {"x": 1}},
        {"n": "Café", "ville": "Rennes", "k": 3, "t": [], "motif": "C.f."},
        {"n": "Jardin\r\nneuf", "k": None, "ok": False, "motif": "("},
    ],
    "é": {"a b": 1},
    "": 2,
    "a'b": 3,
}
ATELIER, CAFE, JARDIN = (project["n"] for project in DOCUMENT["p"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("$.p[0].n", [ATELIER]),
        ("$['p'][-1][\"n\"]", [JARDIN]),
        ("$.p[3].n", []),
        ("$.p.n", []),
        ("$.p[0:2].n", [ATELIER, CAFE]),
        ("$.p[::-1].n", [JARDIN, CAFE, ATELIER]),
        ("$.p[0, 2].n", [ATELIER, JARDIN]),
        ("$.p[*]['ville', 'k']", ["Nantes", 12, "Rennes", 3, None]),
        ("$..n", [ATELIER, CAFE, JARDIN]),
        ("$..x", [1]),
        ("$.é['a b']", [1]),
        ("$['']", [2]),
        ("$['a\\'b']", [3]),
        ("$.é.*", [1]),
        ("$ .p [0] .k", [12]),
        # Filters.
        ("$.p[?@.ville].n", [ATELIER, CAFE]),
        ("$.p[?!@.ville].n", [JARDIN]),
        ("$.p[?@.k > 5].n", [ATELIER]),
        ("$.p[?@.k == null].n", [JARDIN]),
        ("$.p[?@.k == 3.0].n", [CAFE]),
        ("$.p[?@.k == '3'].n", []),
        ("$.p[?@.ok == false].n", [JARDIN]),
        ("$.p[?@.ville == 'Nantes' || (@.ville && @.k < 5)].n", [ATELIER, CAFE]),
        ("$.p[?@.k == $.p[0].k].n", [ATELIER]),
        ("$.p[?@.t[0] == 'a'].n", [ATELIER]),
        # Functions.
        ("$.p[?length(@.n) < 5].n", [CAFE]),
        ("$.p[?count(@.t[*]) == 2].n", [ATELIER]),
        ("$.p[?value(@..x) == 1].n", [ATELIER]),
        ("$.p[?match(@.n, 'C.f.')].n", [CAFE]),
        ("$.p[?match(@.n, 'Atelier')].n", []),
        ("$.p[?match(@.n, 'Atelier|Café')].n", [CAFE]),
        ("$.p[?match(@.n, 'Jardin..neuf')].n", []),
        ("$.p[?match(@.n, 'Jardin[^.]+neuf')].n", [JARDIN]),
        ("$.p[?search(@.n, 'v.lo')].n", [ATELIER]),
        ("$.p[?search(@.n, '\\\\p{Lu}') && !search(@.n, '[.é]')].n", [JARDIN]),
        ("$.p[?match(@.n, @.motif)].n", [CAFE]),
        ("$.p[?search(@.k, '1')].n", []),
    ],
)
def test_what_a_query_finds(query: str, found: list[object]) -> None:
    assert compile_path(query).all(DOCUMENT) == found


@pytest.mark.parametrize(
    "query",
    [
        *(
            "",
            "$[?@.k == 1e400]",
            "p[0]",
            "@.p",
            " $.p",
            "$.p ",
            "$.p[0",
            "$.p[01]",
            "$.p[?@.k == 3",
            "$.p[0].n^",
            "$.p | $.é",
        ),
        *("$.p.length()", "$.p[(@.length-1)]", "$.p[?@.k in [3]]", "$.p[?@.n =~ /C/]", "$.p[?foo(@.n)]"),
        *("$.p[?length(@.n)]", "$.p[?match(@.n)]", "$.p[?match(@.n, '(')]", "$.p[?search(@.n, '(a)\\\\1')]"),
        *("$..a..b..c..d", f"$.p[?match(@.n, '{'a' * 1001}')]"),
    ],
)
def test_what_is_no_query_is_refused(query: str) -> None:
    with pytest.raises(PathRefused, match=r"RFC 9535|more than 3 times"):
        compile_path(query)


def test_no_pattern_goes_back_and_forth() -> None:
    """By backtracking, one of these would take longer than the world has stood."""
    texts = ["a" * 50_000 + "!", "\ud800"]
    query = compile_path("$[?match(@, '(a*)*b') || match(@, '(a|aa)+') || search(@, '(a+a+)+b')]")
    assert query.all(texts) == []


def test_a_query_that_is_not_plain_says_so() -> None:
    plain = ["$.a[*].b", "$..a", "$.a[?match(@.b, 'x')]", "$[0, 1]", f"$[{', '.join(['0'] * 10)}]"]
    other = ["$..a..b", "$.a[?@.b == $.c]", "$..a[?search(@.b, 'x')]", "$..a[0, 1]", f"$[{', '.join(['0'] * 11)}]"]
    assert [compile_path(query).linear for query in plain + other] == [True] * 5 + [False] * 5
