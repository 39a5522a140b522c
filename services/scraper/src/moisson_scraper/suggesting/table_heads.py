"""Rows of tables that are no items: one that heads the columns, whatever its cells are, and lines between groups."""

from collections.abc import Sequence

from moisson_scraper.suggesting.page_outline import Part
from moisson_scraper.suggesting.vocabulary import is_known, is_title, words_of

_LONGEST = 40
_FIRST = 50
"""Parts of a table, or of a part of it, among which the first row is."""
_BOLD = frozenset({"b", "strong"})


def item_rows(rows: Sequence[Part]) -> list[Part]:
    """The rows without those that head columns, and without single cells where most rows have several."""
    with_cells = [row for row in rows if any(cell.tag == "td" for cell in row.children) and not heads_columns(row)]
    several = [row for row in with_cells if sum(cell.tag == "td" for cell in row.children) > 1]
    return several if len(several) * 2 > len(with_cells) else with_cells


def heads_columns(row: Part) -> bool:
    """Whether a row is the first of its table, and its cells name columns: by their tag, in bold, or by their words."""
    if len(row.children) < 2 or not _is_first(row):
        return False
    cells = row.children
    if all(cell.tag == "th" for cell in cells):
        return True
    texts = [cell.words() for cell in cells]
    if row.links or row.images or not all(map(_may_head, texts)):
        return False
    bold = all(len(cell.children) == 1 and cell.own == 0 and cell.children[0].tag in _BOLD for cell in cells)
    return bold or (row.parent is not None and row.parent.tag == "thead") or sum(map(_is_named, texts)) * 2 > len(texts)


def _is_first(row: Part) -> bool:
    """Whether no row is before it: in its part of the table, and no part with rows before that."""
    above = row.parent
    if above is None or next((one for one in above.children[:_FIRST] if one.tag == "tr"), None) is not row:
        return False
    beside = above.parent.children[:_FIRST] if above.tag == "tbody" and above.parent is not None else []
    return not any(one.tag in {"thead", "tbody", "tr"} and one.order < above.order for one in beside)


def _may_head(text: str) -> bool:
    return 0 < len(text) <= _LONGEST and not any(map(str.isdigit, text))


def _is_named(text: str) -> bool:
    return is_title(text) or any(map(is_known, words_of(text.replace(" ", "-"))))
