"""Selectors: what they give, and which are refused with a word for their author."""

import pytest
from lxml import etree

from moisson_scraper.reading.selectors import Scope, SelectorFailed, SelectorRefused, compile_selector
from moisson_shared.contracts.spider import Selector, Syntax

PAGE = etree.HTML(
    '<div id="a" class="x y"><p class="lead">Un <b>deux</b></p><a href="/1">A</a><a href="/2" data-k="v">B</a>'
    "<span>12</span><!-- c --></div><p>fin</p>"
)


def xpath(expression: str) -> Selector:
    return Selector(syntax=Syntax.XPATH, expression=expression)


def css(expression: str) -> Selector:
    return Selector(expression=expression)


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (css("a::attr(href)"), ["/1", "/2"]),
        (css("a::text"), ["A", "B"]),
        (css("p.lead::text"), ["Un "]),
        (css("p.lead b::text"), ["deux"]),
        (css("a[data-k]::attr(data-k)"), ["v"]),
        (css("b, span"), ["b", "span"]),
        (css(".x.y > a:first-of-type"), ["a"]),
        (css("a:nth-child(3)"), ["a"]),
        (css("div:has(b)"), ["div"]),
        (css("p:not(.lead)"), ["p"]),
        (css("nothing"), []),
        (xpath("//a/@href"), ["/1", "/2"]),
        (xpath("//a[has-class('x')]"), []),
        (xpath("//div[has-class('x', 'y')]/@id"), ["a"]),
        (xpath("string(//p)"), ["Un deux"]),
        (xpath("normalize-space(//nothing)"), []),
        (xpath("count(//a)"), ["2"]),
        (xpath("number(//span) div 5"), ["2.4"]),
        (xpath("number('x')"), []),
        (xpath("boolean(//a)"), ["true"]),
        (xpath("//a[contains(@href, '1')]/text() | //b/text()"), ["deux", "A"]),
        (xpath("//text()[contains(., 'fin')]"), ["fin"]),
        (xpath("id('a')/span"), ["span"]),
    ],
)
def test_what_a_selector_gives(selector: Selector, expected: list[str]) -> None:
    found = compile_selector(selector).select(PAGE)
    assert [part if isinstance(part, str) else part.tag for part in found] == expected


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        (css("a["), "not a CSS selector"),
        (css("a:unknown"), "not a CSS selector"),
        (css("a::after"), "not a CSS selector"),
        (css("::attr()"), "not a CSS selector"),
        (css(">"), "not a CSS selector"),
        (css(":is(" * 300 + "a" + ")" * 300), "CSS selector|nested"),
        (xpath("//a["), "not an XPath"),
        (xpath("//a[@x="), "not an XPath"),
        (xpath("//"), "not an XPath"),
        (xpath(""" //a["x' """), "not an XPath"),
        (xpath("//a[$x]"), "variable"),
        (xpath("document('file:///etc/passwd')"), r"calls document\(\)"),
        (xpath("//a[re:test(@href, '(a+)+$')]"), r"calls re:test\(\)"),
        (xpath("//a[matches(@href, 'x')]"), r"calls matches\(\)"),
        (xpath("//p[foo(.)]"), r"calls foo\(\)"),
        (xpath("//svg:path"), "prefix svg:"),
        (xpath("//a[has-class()]"), "at least 1 argument|not an XPath|does not work"),
        (xpath("namespace::*"), "gives tuple"),
        (xpath("/a" * 70), "more than 60 steps"),
    ],
)
def test_refused_selectors_say_why(selector: Selector, message: str) -> None:
    with pytest.raises(SelectorRefused, match=message):
        compile_selector(selector) if "has-class()" not in selector.expression else refuse_or_fail(selector)


def refuse_or_fail(selector: Selector) -> None:
    """has-class() without arguments only shows on a page that has the element."""
    try:
        compile_selector(selector).select(PAGE)
    except SelectorFailed as error:
        raise SelectorRefused(str(error)) from error


@pytest.mark.parametrize(
    "expression",
    [
        "//h2",
        "/html/body//h2",
        "(//h2)[1]",
        "string(//h2)",
        ".//a | //b",
        ".//a[//b]",
        "count( //b )",
        ".//a[1 and //b]",
    ],
)
def test_a_field_of_an_item_must_not_begin_at_the_top(expression: str) -> None:
    with pytest.raises(SelectorRefused, match="begin with"):
        compile_selector(xpath(expression), Scope.ITEM)
    compile_selector(xpath(expression), Scope.PAGE)


@pytest.mark.parametrize(
    "expression",
    [
        ".//h2",
        "./h2/text()",
        "h2",
        "@href",
        "*/a",
        "a/*/b",
        "string(.//h2)",
        "ancestor::body/h1",
        ".//a[@x='//b']",
        ".",
    ],
)
def test_fields_of_an_item(expression: str) -> None:
    compile_selector(xpath(expression), Scope.ITEM)
