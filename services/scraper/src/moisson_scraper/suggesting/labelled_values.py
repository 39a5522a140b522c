"""Values that a page labels itself: `<dt>Ville</dt><dd>…`, `<th>` beside `<td>`, `<strong>Ville :</strong> …`.

A label is the partner's own word, so it becomes the field's name as it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from moisson_scraper.suggesting.page_outline import Part
from moisson_scraper.suggesting.vocabulary import name_of_label, word_set, words_of

_INLINE_LABELS = frozenset({"strong", "b", "span", "em", "label", "i"})
_HOLDERS = frozenset({"p", "li", "div", "span", "dd", "td"})
_VALUES = frozenset({"a", "span", "strong", "b", "em"})
_SAY_LABEL = word_set("label libelle")
_SAY_TITLE = word_set("titre title intitule nom name key cle")
"""What a label is called too, where what follows is called a value."""
_SAY_VALUE = word_set("value valeur values valeurs")
_LONGEST_LABEL = 45
_MOST_WORDS = 4
_MOST_LINES = 40
_MOST_TEXT = 200
_WRITTEN = re.compile(r"^\s*([^\s:.,;!?][^:.;!?\n]{0,43}?\.?)\s*:\s+\S")
_LABEL_ALONE = re.compile(r"^\s*([^\s:.,;!?][^:.;!?\n]{0,43}?\.?)\s*:\s*$")
OWN_LINES = "./text()"
"""How paths to labelled lines of an item's own text begin."""
_SECTIONS = frozenset({"h2", "h3", "h4"})


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled value: the XPath to it, and the parts that its label and value are."""

    name: str
    expression: str
    many: bool
    parts: tuple[Part, ...]
    why: str
    firm: bool = True
    """Whether the markup says that it is a label; else it only looks like one, and must do so more than once."""
    around: Part | None = None
    """What holds this label and others, and nothing besides."""


def labelled_values(root: Part, prefix: str) -> Iterator[Labelled]:
    """All within a part, in document order; `prefix` begins the paths (`.//` in an item, `//` in a page)."""
    if prefix == ".//":
        yield from _lines(root, OWN_LINES)
    for part in root.within(1500):
        if not part.chrome or root.chrome:
            yield from _labels_at(part, prefix)


def labelled_beside(part: Part, path: str) -> Iterator[Labelled]:
    """Those of a part that an XPath leads to, itself included."""
    if part.tag in _HOLDERS and _has_second_label(part):
        yield from _several(part, f"{path}//")
        return
    yield from _labels_at(part, f"{path}/self::")
    yield from labelled_values(part, f"{path}//")


def _labels_at(part: Part, prefix: str) -> Iterator[Labelled]:
    if part.tag in _HOLDERS and _has_second_label(part):
        yield from _several(part, prefix)
        return
    if part.tag in _HOLDERS and (lines := list(_lines(part, f"{prefix}{part.tag}/text()"))):
        yield from lines
        return
    found = _of_dt(part, prefix) or _of_row(part, prefix) or _of_class(part, prefix) or _inline(part, prefix)
    found = found or _written(part, prefix)
    if found is not None:
        yield found


def sections(root: Part, prefix: str) -> Iterator[Labelled]:
    """Headings with what follows them, as a page of one thing has them."""
    for part in root.within(1500):
        if part.tag not in _SECTIONS or part.chrome or part.links:
            continue
        behind = _next(part)
        label = part.words()
        if behind is None or not _is_label(label) or behind.tag not in {"p", "div", "ul"} or not behind.text:
            continue
        path = f"{prefix}{part.tag}[normalize-space()={quoted(label)}]/following-sibling::*[1]"
        many = behind.tag == "ul"
        told = f"It stands under the heading {label!r}."
        yield Labelled(name_of_label(label), path + ("/li" if many else ""), many, (part, behind), told, firm=False)


def quoted(text: str) -> str:
    """A text as XPath writes it; of one with both kinds of quotes, the part before the second kind."""
    if "'" not in text:
        return f"'{text}'"
    return f'"{text}"'


def _is_label(text: str) -> bool:
    return 1 < len(text) <= _LONGEST_LABEL and any(map(str.isalpha, text)) and not ('"' in text and "'" in text)


def _next(part: Part) -> Part | None:
    if part.parent is None:
        return None
    alike = part.parent.children
    place = alike.index(part) + 1
    return alike[place] if place < len(alike) else None


def _of_dt(part: Part, prefix: str) -> Labelled | None:
    behind = _next(part) if part.tag == "dt" else None
    label = part.words() if behind is not None else ""
    if behind is None or behind.tag != "dd" or not _is_label(label):
        return None
    path = f"{prefix}dt[normalize-space()={quoted(label)}]/following-sibling::dd[1]"
    lists = [child for child in behind.children if child.tag == "ul"]
    many = len(lists) == 1 and len(behind.children) == 1
    return Labelled(
        name_of_label(label),
        path + ("/ul/li" if many else ""),
        many,
        (part, behind),
        f"The page labels it {label!r} (dt and dd).",
    )


def _of_row(part: Part, prefix: str) -> Labelled | None:
    """A header cell and its value; or two cells, of which the first is a label by its colon, in bold, or on a page of
    one thing, where another page must bear it out."""
    tags = [child.tag for child in part.children]
    if part.tag != "tr" or tags not in (["th", "td"], ["td", "td"]):
        return None
    head, value = part.children
    label = head.words()
    if not _is_label(label) or not value.text + value.images:
        return None
    if head.tag == "th":
        path = f"{prefix}tr[th[normalize-space()={quoted(label)}]]/td[1]"
        return Labelled(name_of_label(label), path, False, (part,), f"The page labels it {label!r} (th and td).")
    bold = len(head.children) == 1 and head.own == 0 and head.children[0].tag in {"b", "strong"}
    if not (prefix == "//" or label.endswith(":") or bold) or head.links:
        return None
    path = f"{prefix}tr[td[1][normalize-space()={quoted(label)}]]/td[2]"
    told = f"The page labels it {label.rstrip(' :')!r} (in the cell before it)."
    return Labelled(name_of_label(label), path, False, (part,), told, firm=False)


def _of_class(part: Part, prefix: str) -> Labelled | None:
    """An element whose class calls it a label, before one or more with the value (as Drupal has it)."""
    said = _class_words(part)
    if part.parent is None or said.isdisjoint(_SAY_LABEL | _SAY_TITLE):
        return None
    label = part.words()
    behind = _next(part)
    if behind is None or not _is_label(label) or part.parent.children[0] is not part:
        return None
    if said.isdisjoint(_SAY_LABEL) and _class_words(behind).isdisjoint(_SAY_VALUE):
        return None
    holder = f"{prefix}{part.parent.tag}[{part.tag}[normalize-space()={quoted(label)}]]"
    rest = part.parent.children[1:]
    told = f"The page labels it {label!r}."
    if len(rest) == 1 and len(behind.children) > 1 and len({child.tag for child in behind.children}) == 1:
        path = f"{holder}/{behind.tag}[1]/{behind.children[0].tag}"
        return Labelled(name_of_label(label), path, True, (part.parent,), told)
    step = "*[2]" if len(rest) == 1 else f"{behind.tag}[not(normalize-space()={quoted(label)})]"
    return Labelled(name_of_label(label), f"{holder}/{step}", len(rest) > 1, (part.parent,), told)


def _class_words(part: Part) -> set[str]:
    return {word for token in part.tokens for word in words_of(token)}


def _inline(part: Part, prefix: str) -> Labelled | None:
    """`<p><strong>Ville :</strong> Lyon</p>`, the colon in the label or behind it."""
    if part.tag not in _HOLDERS or not part.children or (part.element.text or "").strip():
        return None
    first = part.children[0]
    label = first.words() if first.tag in _INLINE_LABELS and len(first.children) == 0 else ""
    tail = (first.element.tail or "").strip()
    if not _is_label(label) or not (label.endswith(":") or tail.startswith(":")):
        return None
    value = part.words()[len(label) :].strip(" :")
    if not value or first.text >= part.text or _has_second_label(part):
        return None
    holder = f"{prefix}{part.tag}[{first.tag}[normalize-space()={quoted(label)}]]"
    told = f"The page labels it {label.rstrip(' :')!r}."
    alike = [child for child in part.children[1:] if child.tag == part.children[-1].tag and child.text]
    if len(alike) > 1 and len(alike) == len(part.children) - 1 and alike[0].tag in {"a", "span"}:
        step = f"{alike[0].tag}[not(normalize-space()={quoted(label)})]"
        return Labelled(name_of_label(label), f"{holder}/{step}", True, (part,), told, firm=False)
    path = f"normalize-space(substring-after({holder}, ':'))"
    return Labelled(name_of_label(label), path, False, (part,), told, firm=False)


def _several(part: Part, prefix: str) -> Iterator[Labelled]:
    """`<p><b>Ville :</b> Lyon<br><b>Thème</b> : Emploi</p>`: each value is the text behind its label."""
    for child in part.children:
        label = child.words() if child.tag in _INLINE_LABELS else ""
        if not _is_label(label) or not _has_colon(child):
            continue
        tail = (child.element.tail or "").strip()
        text = bool(tail.removeprefix(":").strip())
        path = (
            f"{prefix}{child.tag}[normalize-space()={quoted(label)}]/following-sibling::{'text()' if text else '*'}[1]"
        )
        if text and tail.startswith(":"):
            path = f"normalize-space(substring-after({path}, ':'))"
        told = f"The page labels it {label.rstrip(' :')!r}."
        yield Labelled(name_of_label(label), path, False, (child,), told, firm=False, around=part)


def _has_colon(part: Part) -> bool:
    """At its end or right behind it."""
    return part.words().endswith(":") or (part.element.tail or "").lstrip().startswith(":")


def _has_second_label(part: Part) -> bool:
    """Several labels in one element: each would get the rest of it."""
    return sum(child.tag in _INLINE_LABELS and _has_colon(child) for child in part.children) > 1


def _lines(part: Part, path: str) -> Iterator[Labelled]:
    """`Ville : Lyon<br>Site : <a>…</a>`: lines that begin with a label, where there are two at least."""
    element = part.element
    pieces = [(element.text or "", element[0] if len(element) else None)]
    pieces.extend((child.tail or "", child.getnext()) for child in list(element)[:_MOST_LINES])
    found = []
    for text, behind in pieces:
        match = _WRITTEN.match(text[:_MOST_TEXT])
        alone = _LABEL_ALONE.match(text[:_MOST_TEXT]) if match is None else None
        label = match or alone
        if label is None or not _is_label(label[1]) or len(label[1].split()) > _MOST_WORDS:
            continue
        line = f"{path}[starts-with(normalize-space(), {quoted(label[1])})]"
        parts = tuple(child for child in part.children if child.element is behind) if alone is not None else ()
        if alone is not None and (not parts or parts[0].tag not in _VALUES):
            continue
        value = f"normalize-space(substring-after({line}, ':'))" if match else f"{line}/following-sibling::*[1]"
        told = f"The text begins with {label[1]!r} and a colon."
        around = None if path == OWN_LINES else part
        found.append(Labelled(name_of_label(label[1]), value, False, parts, told, firm=False, around=around))
    if len(found) > 1:
        yield from found


def _written(part: Part, prefix: str) -> Labelled | None:
    """`<li>Ville : Lyon</li>` without any markup."""
    if part.tag not in {"p", "li", "span", "div"} or not part.own:
        return None
    begins_with = part.element.text or ""
    if part.children and (":" not in begins_with or any(child.tag not in _VALUES for child in part.children)):
        return None
    match = _WRITTEN.match(part.words())
    if match is None or not _is_label(match[1]) or len(match[1].split()) > _MOST_WORDS:
        return None
    begins = f"{prefix}{part.tag}[starts-with(normalize-space(), {quoted(match[1])})]"
    path = f"normalize-space(substring-after({begins}, ':'))"
    told = f"The text begins with {match[1]!r} and a colon."
    return Labelled(name_of_label(match[1]), path, False, (part,), told, firm=False)
