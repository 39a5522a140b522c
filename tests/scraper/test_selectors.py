"""Selectors: what they give, and which are refused with a word for their author."""

import pytest
from lxml import etree

from moisson_scraper.reading.selectors import Scope, SelectorFailed, SelectorRefused, compile_selector
from moisson_shared.contracts.selecting import Selector, Syntax

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
        (css("a:not([href='/1'], .x):not( b , :is(p, i) ), p:NOT(a,.lead)"), ["a", "p"]),
        (css("a:not([href='/,1'], :contains('),'), [data-k])::text"), ["A"]),
        (css("a:any-link::text, b:any-link"), ["A", "B"]),
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
        (css("a:not(b,)"), "not a CSS selector"),
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
    ("expression", "on_a_page"),
    [
        ("//h2", True),
        ("/html/body//h2", True),
        ("(//h2)[1]", True),
        ("string(//h2)", True),
        (".//a | //b", True),
        (".//a[//b]", False),
        ("count( //b )", True),
        (".//a[1 and //b]", False),
    ],
)
def test_a_field_of_an_item_must_not_begin_at_the_top(expression: str, on_a_page: bool) -> None:
    with pytest.raises(SelectorRefused, match="begin with"):
        compile_selector(xpath(expression), Scope.ITEM)
    if on_a_page:
        compile_selector(xpath(expression), Scope.PAGE)
    else:
        with pytest.raises(SelectorRefused, match="whole page again"):
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


@pytest.mark.parametrize(
    "selector",
    [
        css("ul.list li a.title::text"),
        css("#main .list > li:first-child a[href*='projet']"),
        css("h2 + p"),
        css("div h2 ~ p.lead"),
        css("h2 ~ p::text"),
        css("li:has(a.more)"),
        css("li:has(> a):not(:has(img))"),
        css("p:has(+ ul)"),
        css("li:has(~ li)"),
        css("tr:nth-child(2n+1) td:nth-child(3)"),
        css("p:not(.a):not(.b):not(.c)"),
        css("h1, h2, h3, .title a"),
        xpath("//a[contains(@class,'next')]"),
        xpath("//a[contains(concat(' ', normalize-space(@class), ' '), ' next ')]/@href"),
        xpath("//li[.//span]"),
        xpath("//li[.//a[contains(@href, '/projet/')]]"),
        xpath("//li[not(ancestor::nav)][.//a and not(.//img)]"),
        xpath("//dt[. = 'Ville']/following-sibling::dd[1]"),
        xpath("//th[contains(., 'Ville')]/../td[2]"),
        xpath("//h2[preceding-sibling::h1]"),
        xpath("//p[count(preceding-sibling::p) > 2]"),
        xpath("//p[preceding-sibling::*[1][self::h2]]"),
        xpath("//p[preceding-sibling::*[1]/self::h2]"),
        xpath("(//h2[. = 'Contact'])[1]/following-sibling::p[a]"),
        xpath("//ul/li[1]/following-sibling::li[a]"),
        xpath("//a[@id='x']/ancestor::li[1]//span"),
        xpath("//a[ancestor::section[contains(@class, 'x')]]"),
        xpath("//p[preceding-sibling::h2[1] = 'Lieu']"),
        xpath("//table//tr[td]/td[position() > 1]"),
        xpath("//div//ul//li//a | //h2"),
        xpath("//a[starts-with(../@class, 'x')]"),
        xpath("substring-after(normalize-space(//p[strong[contains(., 'Lieu')]]), ':')"),
        xpath("//p[. = 'a // b [ following::x']"),
        xpath("(//a)[1]/following::a"),
        xpath("//a/following::p[1]"),
    ],
    ids=lambda selector: selector.expression,
)
def test_ordinary_selectors_are_kept(selector: Selector) -> None:
    compile_selector(selector)


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        (xpath("//p[count(//p[count(//p[. = 'x']) > 1]) > 1]"), "whole page again"),
        (xpath("//p[/html/body/p]"), "whole page again"),
        (xpath("//p[. = (//p)]"), "whole page again"),
        (xpath("//p[not( //b )]"), "whole page again"),
        (xpath("//p[id('a')//p]"), r"id\(\)"),
        (xpath("//p[following::b]"), "whole page again"),
        (xpath("//p[count(preceding::p) > 3]"), "whole page again"),
        (xpath("//*[.//*[.//*]]"), "one level"),
        (xpath("//*[count(.//*[count(.//*) > 1]) > 1]"), "one level"),
        (xpath("//*[*[descendant::b]]"), "one level"),
        (xpath("//*[a[ancestor::b]]"), "one level"),
        (xpath("//*[.//a//b]"), "twice"),
        (xpath("//*[ancestor::a//b]"), "twice"),
        (xpath("//*[preceding-sibling::*[. = 'y']]"), "number first"),
        (xpath("//*[count(following-sibling::*/a) > 1]"), "down again"),
        (xpath("//*[count(../*) > 3]"), "down again"),
        (xpath("//*[. = ../*]"), "down again|compares"),
        (xpath("//*[.//a = .//b]"), "compares"),
        (xpath("//a = //b"), "compares"),
        (xpath("//*[contains(.., 'y')]"), "text of parents"),
        (xpath("//*[parent::*[contains(., 'y')]]"), "text of parents"),
        (xpath("//*[ancestor::*[string-length() > 5]]"), "text of parents"),
        (xpath("//*[count(ancestor::*[contains(h2, 'y')]) != 1]"), "text of parents"),
        (xpath("//*[following-sibling::* = 'y']"), "compares all siblings"),
        (xpath("//*/following::*[9000]"), r"\[1\]"),
        (xpath("//*/following-sibling::*"), r"\[1\]"),
        (xpath("//*/preceding::*"), r"\[1\]"),
        (xpath("//*/ancestor::*"), r"\[1\]"),
        (xpath("//*/following-sibling::*[position() = 1]"), r"\[1\]"),
        (xpath("//*//*//*//*//*//*"), "descends too often"),
        (xpath("//a" + "[.//b]" * 9), "too often"),
        (xpath("//a" + "[preceding-sibling::b]" * 3), "siblings too often"),
        (xpath("//a" + "[b]" * 30), "too many brackets"),
        (xpath("//a[b[c[d[e]]]]"), "brackets more than 3 deep"),
        (xpath("|".join(["//*"] * 8)), "too many selections"),
        (css("div:has(p:has(b))"), "XPath.*one level"),
        (css("div:has(p b)"), "XPath.*twice"),
        (css("li:has(b:nth-child(2))"), "XPath.*one level"),
        (css("li.a ~ li"), "XPath.*of many elements"),
        (css("a b c d e f g"), "descends too often"),
        (css("li:nth-child(2):nth-last-child(2):nth-of-type(2)"), "siblings too often"),
        (css("p" + ":not(.a)" * 30), None),
    ],
    ids=lambda given: getattr(given, "expression", "")[:60],
)
def test_selectors_that_could_take_too_long_are_refused(selector: Selector, message: str | None) -> None:
    if message is None:
        compile_selector(selector)  # one bracket, however many tests are in it
        return
    with pytest.raises(SelectorRefused, match=message):
        compile_selector(selector)


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("following-sibling::tr[1]/td", True),
        ("following-sibling::tr", True),
        ("dt/following-sibling::dd[1]", True),
        (".//b[1]/following-sibling::text()", True),
        ("..", True),
        ("../@class", True),
        ("ancestor::section/h2", True),
        ("dt/following-sibling::dd", False),
        ("following-sibling::tr[td]", False),
        ("ancestor::section//a", False),
        ("..//a", False),
        ("../p[. = 'x']", False),
        ("preceding::h2[1]", True),
    ],
)
def test_what_each_item_may_look_at(expression: str, allowed: bool) -> None:
    if allowed:
        compile_selector(xpath(expression), Scope.ITEM)
    else:
        with pytest.raises(SelectorRefused, match="could take too long"):
            compile_selector(xpath(expression), Scope.ITEM)


@pytest.mark.parametrize(
    ("expression", "same"),
    [
        ("h2 ~ p", "//p[preceding-sibling::h2]"),
        ("div > h2 ~ p", "//div/h2/following-sibling::p"),
        ("section h2 ~ p.x", "//section//h2/following-sibling::p[@class = 'x']"),
        ("h2 + p", "//h2/following-sibling::*[1]/self::p"),
        ("p + p.x::text", "//p/following-sibling::*[1]/self::p[@class = 'x']/text()"),
        ("h2 + p + p", "//h2/following-sibling::*[1]/self::p/following-sibling::*[1]/self::p"),
        ("h2 + *", "//h2/following-sibling::*[1]"),
        ("h2 ~ *", "//h2/following-sibling::*"),
    ],
)
def test_siblings_in_css_are_those_of_the_standard(expression: str, same: str) -> None:
    page = etree.HTML(
        "<section><p>0</p><h2>a</h2><p>1</p><p class=x>2</p><div><h2>b</h2><p>3</p>t<p class=x>4</p><h2>c</h2><ul></ul>"
        "<p>5</p></div></section><p>6</p>"
    )
    found = compile_selector(css(expression)).select(page)
    assert found == page.xpath(same)
    assert found


def test_a_selector_that_is_not_plain_says_so() -> None:
    plain = ["//li/a[contains(@href, 'x')]", ".//h2", "string(//p)", "//a/..", "//li[a]"]
    other = ["//ul//a", "//li[.//a]", "//dt/following-sibling::dd[1]", "//a/ancestor::li[1]"]
    assert [compile_selector(xpath(expression)).linear for expression in plain + other] == [True] * 5 + [False] * 4
