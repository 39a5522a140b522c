"""The columns of an index in tantivy: its schema, and documents written by it.

One version holds one tantivy index per level that projects may have: the `shelf` of the callers of that level and of
those above, up to the next shelf. A shelf holds only projects that its callers may see: tantivy's scores depend on the
number of documents in the index, so hidden ones beside them could be told from the scores.
"""

import hashlib
from pathlib import Path

import tantivy

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.corpus import IndexLayout
from moisson_shared.querying.cells import cell_tokens
from moisson_shared.querying.columns import OWNERS, PARTNER, SOURCE, Column, ColumnKind, columns_read
from moisson_shared.querying.indexed_project import IndexedProject
from moisson_shared.querying.visibility import project_levels

ID = "id"
NUMBER = "number"
"""A digest of the id, 64 bits: sets of projects are named by it."""
BODY = "body"
_HEAD = "h_"
_WORDS = "moisson_words"


def shelves(layout: IndexLayout) -> tuple[AccessLevel, ...]:
    """The shelves of an index, ascending; opendata is always one."""
    return project_levels(layout)


def shelf_of(layout: IndexLayout, level: AccessLevel) -> AccessLevel:
    """The shelf that a caller of a level reads."""
    return max(shelf for shelf in shelves(layout) if shelf <= level)


def shelf_columns(layout: IndexLayout, shelf: AccessLevel) -> tuple[Column, ...]:
    """The columns of one shelf: those that its callers read."""
    readers = tuple(level for level in AccessLevel if shelf_of(layout, level) is shelf)
    return columns_read(layout, readers)


def tantivy_schema(columns: tuple[Column, ...]) -> tantivy.Schema:
    """The schema of a shelf. Words are indexed as they come, between blanks, with their positions."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(ID, stored=True, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field(head_column(ID), indexed=True, fast=True)
    builder.add_unsigned_field(NUMBER, indexed=True, fast=True)
    for owner in OWNERS:
        builder.add_text_field(owner, fast=True, tokenizer_name="raw", index_option="basic")
    for column in columns:
        match column.kind:
            case ColumnKind.WORDS:
                builder.add_text_field(column.name, tokenizer_name=_WORDS, index_option="position")
            case ColumnKind.EXACT:
                builder.add_text_field(column.name, fast=True, tokenizer_name="raw", index_option="basic")
            case ColumnKind.NUMBER:
                builder.add_float_field(column.name, indexed=True, fast=True)
            case ColumnKind.SORT:
                builder.add_text_field(column.name, fast=True, tokenizer_name="raw", index_option="basic")
                builder.add_integer_field(head_column(column.name), indexed=True, fast=True)
            case ColumnKind.POINTS:
                builder.add_text_field(column.name, tokenizer_name=_WORDS, index_option="basic")
    builder.add_bytes_field(BODY, stored=True)
    return builder.build()


def create_index(folder: Path, columns: tuple[Column, ...]) -> tantivy.Index:
    """A new, empty index in a folder that exists. Its segments are sorted by id: of equal projects tantivy then gives
    those with the smaller ids first, as long as there is one segment."""
    return _with_words(tantivy.Index(tantivy_schema(columns), path=str(folder), reuse=False, sort_by_field=ID))


def open_index(folder: Path) -> tantivy.Index:
    """An index that is there. Tokenizers are not stored with it, so ours is registered again."""
    return _with_words(tantivy.Index.open(str(folder)))


def _with_words(index: tantivy.Index) -> tantivy.Index:
    index.register_tokenizer(_WORDS, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index


def document(project: IndexedProject, columns: tuple[Column, ...]) -> tantivy.Document:
    """A project as a document of a shelf."""
    made = tantivy.Document()
    made.add_text(ID, project.id)
    made.add_integer(head_column(ID), head(project.id))
    made.add_unsigned(NUMBER, number(project.id))
    made.add_text(PARTNER, project.partner)
    made.add_text(SOURCE, project.source)
    for column in columns:
        name = column.name
        if column.kind is ColumnKind.POINTS:
            points = project.points.get(column.view.rank, ())
            if points:
                made.add_text(name, " ".join(cell_tokens(points)))
            continue
        for value in project.columns.get(name, ()):
            if isinstance(value, str):
                made.add_text(name, value)
                if column.kind is ColumnKind.SORT:
                    made.add_integer(head_column(name), head(value))
            else:
                made.add_float(name, value)
    made.add_bytes(BODY, project.body)
    return made


def head_column(column: str) -> str:
    """The column of numbers that begins the order of a column of texts."""
    return _HEAD + column


def head(text: str) -> int:
    """The first seven bytes of a text as a number: texts with different heads are ordered like them."""
    return int.from_bytes(text.encode()[:7].ljust(7, b"\0"), "big")


def number(project_id: str) -> int:
    """The number that a project has in tantivy."""
    return int.from_bytes(hashlib.blake2b(project_id.encode(), digest_size=8).digest(), "big")
