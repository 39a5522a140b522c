"""What can speak for a proposal: each sentence by its code, with its figures. Pure."""

from typing import Final

from moisson_shared.contracts.spider_suggestion import Evidence

SENTENCES: Final[dict[str, str]] = {
    "items-alike": (
        "{count} elements that are {similar:.0%} alike and hold {covered:.0%} of the page's text; "
        "{linked:.0%} have a link and {headed:.0%} a heading of their own."
    ),
    "headed-runs": (
        "{count} headings that are followed by {similar:.0%} alike parts, with them {covered:.0%} of the page's text; "
        "{linked:.0%} have a link of their own."
    ),
    "link-rel-next": "The listing goes on: a link is marked rel=next.",
    "link-says-next": "The listing goes on: a link says {text!r}.",
    "button-loads": "The listing goes on: a button loads more, from the address in {attribute}.",
    "numbered-links": "The listing goes on: links lead to numbered pages: {numbers}.",
    "one-thing": (
        "The page describes one thing and lists no others: the address of the list it stands in gives them all."
    ),
    "json-items": "{items} objects with {keys} keys were found at {path}.",
    "json-link-header": "The list goes on: the answer's Link header names the next page.",
    "json-next-address": "The list goes on: the answer carries the next address under {path}.",
    "json-cursor": "The list goes on: the answer carries a cursor under {path}, and {parameter} takes it.",
    "json-offset": "The list goes on: the answer counts from an offset ({parameter}), {size} items at a time.",
    "json-pages": "The list goes on: the answer counts its pages.",
    "json-more": "The list goes on: the answer says that there are more than these {size} items.",
    "file-records": "The file was read: at least {records} records with {fields} fields.",
    "feed-entries": "The feed was read: {entries} entries. Feeds often hold the newest only.",
    "sitemap-kind": "{pages} of the {listed} pages listed have addresses of one kind: {pattern}",
    "keyed-by-field": "Records are told apart by {field!r}: each has another one.",
    "keyed-by-address": "Records are told apart by the addresses of their pages: each has another one.",
    "keyed-by-content": "Nothing tells records apart but their content: one that changes is a new one.",
}


def evidence(code: str, **figures: str | float) -> Evidence:
    """The sentence of a code with these figures. KeyError for a code, or without a figure, that it needs."""
    return Evidence(code=code, message=SENTENCES[code].format(**figures), figures=figures)
