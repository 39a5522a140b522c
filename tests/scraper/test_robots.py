"""robots.txt by RFC 9309, rule by rule."""

import pytest

from moisson_scraper.fetching.robots import MOST_BYTES, MOST_STARRED, names_in, rules_from


def allows(text: str | bytes, path: str) -> bool:
    body = text if isinstance(text, bytes) else text.encode()
    return rules_from(200, body).allows(f"https://s.example{path}")


OTHERS = "User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(
    ("agent", "ours"),
    [
        ("Moisson", True),
        ("moisson", True),
        ("MOISSON", True),
        ("Moisson/0.1", True),
        ("Moisson/2.0 (+https://moisson.example)", True),
        ("moisson*", True),
        ("Moisson # that one", True),
        ("Moissonneuse", False),
        ("Moisson-Images", False),
        ("Moisson_2", False),
        ("Mo", False),
        ("m*", False),
        ("Googlebot", False),
        ("", False),
    ],
)
@pytest.mark.parametrize(
    "field", ["User-agent:", "user-agent :", "USER-AGENT:", "useragent", "user  agent", "user\tagent"]
)
def test_the_product_token_is_what_a_group_is_found_by(field: str, agent: str, ours: bool) -> None:
    text = f"{field} {agent}\nAllow: /\n\n{OTHERS}"
    assert allows(text, "/x") == ours


@pytest.mark.parametrize(
    ("user_agent", "names"),
    [
        ("Moisson/0.1", {"moisson"}),
        ("Essor/1 (+https://essor.example/robot)", {"moisson", "essor"}),
        ("EssorBot contact@essor.example", {"moisson", "essorbot"}),
        ("Mozilla/5.0 (compatible; Essor-Bot/1.0; +https://a.b/c)", {"moisson", "essor-bot"}),
        ("Mozilla/5.0 (Moisson)", {"moisson"}),
        ("123", {"moisson"}),
    ],
)
def test_we_go_by_the_names_that_sites_are_told(user_agent: str, names: set[str]) -> None:
    assert names_in(user_agent) == names


@pytest.mark.parametrize(
    ("agent", "all_of_us"),
    [("*", True), ("* all robots", True), ("*, a", True), ("*\t// all", True), ("*bot", False), ("**", False)],
)
def test_a_star_is_everybody_whatever_is_said_behind_it(agent: str, all_of_us: bool) -> None:
    assert allows(f"User-agent: {agent}\nDisallow: /\n", "/x") != all_of_us
    assert allows(f"User-agent: {agent}\nDisallow: /\n\nUser-agent: Moisson\nAllow: /\n", "/x")


def test_a_group_of_ours_replaces_the_one_for_all_and_groups_of_one_name_are_one() -> None:
    text = "User-agent: *\nDisallow: /all\n\nUser-agent: a\nUser-agent: Moisson\nDisallow: /1\n\n"
    text += "User-agent: b\nDisallow: /b\n\nUser-agent: moisson/3\nDisallow: /2\nCrawl-delay: 3\n"
    assert [allows(text, path) for path in ("/all", "/1", "/2", "/b")] == [True, False, False, True]
    assert rules_from(200, text.encode()).crawl_delay == 3


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        # The longest match wins, and the kinder one of two that are as long (2.2.2).
        ("Allow: /a/b\nDisallow: /a", "/a/b/c", True),
        ("Disallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("Allow: /a\nDisallow: /a/b", "/a/b", False),
        ("Allow: /a\nDisallow: /a", "/a", True),
        ("Disallow: /a\nAllow: /a", "/a", True),
        ("Allow: /\nDisallow: /*.pdf$", "/x.pdf", False),
        # Paths are matched from their beginning, with their case, and with the query.
        ("Disallow: /A", "/a", True),
        ("Disallow: /x", "/y/x", True),
        ("Disallow: /x?page=", "/x?page=2", False),
        ("Disallow: /x?page=", "/x", True),
        ("Disallow: /*?", "/x?", False),
        # `*` is anything, `$` the end, and only at the end (2.2.3).
        ("Disallow: /a*c", "/abbbc/d", False),
        ("Disallow: /a*c$", "/abbbc/d", True),
        ("Disallow: *", "/anything", False),
        ("Disallow: /x$", "/x", False),
        ("Disallow: /x$", "/x/", True),
        ("Disallow: /a$b", "/a$b", False),
        ("Disallow: /a%24", "/a$", False),
        ("Disallow: /a%2Ab", "/a*b", False),
        ("Disallow: /a%2Ab", "/axb", True),
        # Escapes and letters beyond ASCII are the same thing, whatever their case; an escaped slash is none.
        ("Disallow: /caf%C3%A9", "/café", False),
        ("Disallow: /caf%c3%a9", "/caf%C3%A9", False),
        ("Disallow: /café", "/caf%C3%A9", False),
        ("Disallow: /a%62c", "/abc", False),
        ("Disallow: /a%2Fb", "/a/b", True),
        ("Disallow: /a b", "/a%20b", False),
        ("Disallow: /50%-off", "/50%25-off/x", False),
        ("Disallow: /50%", "/50%25", False),
        ("Disallow: /50%*off$", "/50%25-off", False),
        ("Disallow: /x?u=https://a.b", "/x?u=https%3A%2F%2Fa.b", False),
        ("Disallow: /x?u=https%3A%2F%2Fa.b", "/x?u=https://a.b", False),
        ("Disallow: /x?u=https://a.b", "/x?u=https://a.b/c", False),
        ("Disallow: /*/print/", "/x?u=a/print/b", False),
        ("Disallow: /x?u=a/b", "/x?u=a/c", True),
        # What says nothing changes nothing.
        ("Disallow:", "/x", True),
        ("Disallow: # all", "/x", True),
        ("Noindex: /x", "/x", True),
        ("Disallow /x", "/x", False),
        ("Disallow: /x # with a reason", "/x", False),
        ("   Disallow  :   /x   ", "/x", False),
        ("Sitemap: https://s.example/s.xml\nDisallow: /x", "/x", False),
        # Only CR and LF end a line.
        ("Disallow: /x\u2028y", "/x", True),
        ("Disallow: /x\vDisallow: /y", "/y", True),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rules(rules: str, path: str, allowed: bool, end: str) -> None:
    text = f"\ufeffUser-agent: *\n{rules}\n".replace("\n", end)
    assert allows(text, path) == allowed


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("Disallow: /x\nUser-agent: *\nDisallow: /y", "/x", True),
        ("User-agent: *\n\n\nDisallow: /x", "/x", False),
        ("User-agent: *\nSitemap: https://s.example/s\nUser-agent: a\nDisallow: /x", "/x", False),
        ("User-agent: Moisson\nDisallow\nUser-agent: *\nDisallow: /x", "/x", True),
        # Other records do not come between the lines of a group (2.2.4).
        ("User-agent: *\nNoindex: /z\nUser-agent: a\nDisallow: /x", "/x", False),
        ("User-agent: *\nRequest-rate: 1/5\n\nUser-agent: a\nDisallow: /x", "/x", False),
        ("User-agent: *\nA line: of words\nUser-agent: a\nDisallow: /x", "/x", False),
        ("User-agent: *\nCrawl-delay: 5\n\nUser-agent: a\nDisallow: /x", "/x", False),
        ("User-agent: Moisson\nCrawl-delay: 5\nUser-agent: *\nDisallow: /x", "/x", False),
        ("User-agent: *\nDisallow: /x\nNoindex: /z\nUser-agent: a\nDisallow: /y", "/y", True),
        ("<html><body>Disallow: /</body></html>", "/x", True),
        ("User-agent: *\nDisallow: /\x00x", "/x", True),
    ],
)
def test_groups_and_lines_that_are_no_rules(text: str, path: str, allowed: bool) -> None:
    assert allows(text, path) == allowed


@pytest.mark.parametrize("field", ["User-agent: ", "user agent ", "user \t agent "])
def test_thousands_of_agents_before_thousands_of_rules_are_read_in_no_time(field: str) -> None:
    agents = "".join(f"{field}{'m' * (number % 3)}{number}\n" for number in range(10_000))
    rules = "".join(f"Disallow: /x{number}\n" for number in range(15_000))
    body = f"{agents}{rules}\n{OTHERS}"
    assert len(body) < MOST_BYTES
    assert not allows(body, "/y")
    assert allows(body.replace(OTHERS, "User-agent: Moisson\nAllow: /"), "/x1")


def test_of_very_many_rules_with_a_star_those_too_many_count_as_their_beginnings() -> None:
    begun = "User-agent: *\n" + "".join(f"Disallow: /*ab{n}\n" for n in range(MOST_STARRED))
    assert allows(f"{begun}Disallow: /y # *\nAllow: /y/z", "/x")
    assert not allows(f"{begun}Disallow: /x/*/z # no", "/x/y")
    assert not allows(f"{begun}Disallow:*z", "/x")
    assert allows(f"{begun}Disallow: /x\nAllow: /x/y", "/x/y")
    assert not allows(f"{begun}Disallow: /x\nAllow: /x/*y", "/x/y")
    repeated = "User-agent: *\n" + "Disallow: /*ab\n" * (MOST_STARRED + 1)
    of_others = begun.replace("*", "Other", 1) + "User-agent: *\n"
    for rules in (repeated, of_others):
        assert allows(f"{rules}Disallow: /x/*/z", "/x/y")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_of_a_text_that_is_too_long_no_half_line_is_read(end: str) -> None:
    begun = f"User-agent: *{end}Disallow: /x{end}#"
    cut = f"{end}Allow: /x"
    body = begun + "." * (MOST_BYTES - len(begun) - len(cut)) + cut
    assert len(body) == MOST_BYTES
    assert allows(body, "/x"), "it ends here"
    assert not allows(f"{body}-for-all{end}", "/x")
    assert allows("#" * MOST_BYTES + OTHERS, "/x"), "one line, and no rule"


@pytest.mark.parametrize(
    ("said", "delay"), [("2.5", 2.5), ("0", 0), ("-3", 0), ("soon", 0), ("nan", 0), ("inf", 0), ("1e400", 0)]
)
def test_the_crawl_delay(said: str, delay: float) -> None:
    assert rules_from(200, f"User-agent: *\nCrawl-delay: {said}".encode()).crawl_delay == delay


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 5\nUser-agent: a\nCrawl-delay: 9", 5),
        ("User-agent: a\nCrawl-delay: 9\nUser-agent: *\nCrawl-delay: 5", 5),
        ("User-agent: *\nUser-agent: a\nCrawl-delay: 5\nUser-agent: Moisson", 0),
        ("User-agent: *\nUser-agent: a\nDisallow: /x\nCrawl-delay: 5\nDisallow: /y\nUser-agent: b", 5),
        ("User-agent: *\nCrawl-delay: 5\nUser-agent: Moisson\nCrawl-delay: 2\nDisallow: /x", 2),
        ("User-agent: Moisson\nDisallow: /x\nUser-agent: *\nCrawl-delay: 5", 0),
        ("crawl delay 7\nuser agent *\ncrawl delay 5", 5),
    ],
)
def test_a_crawl_delay_is_for_the_agents_right_above_it(text: str, delay: float) -> None:
    assert rules_from(200, text.encode()).crawl_delay == delay


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451])
def test_a_4xx_means_that_there_is_none(status: int) -> None:
    rules = rules_from(status, OTHERS.encode())
    assert rules.allows("https://s.example/x")
    assert rules.fresh_seconds == 86400


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 509, 599])
def test_a_server_that_fails_or_is_asked_too_much_is_left_alone_for_a_while(status: int) -> None:
    rules = rules_from(status, b"")
    assert not rules.allows("https://s.example/x")
    assert rules.fresh_seconds < 3600
