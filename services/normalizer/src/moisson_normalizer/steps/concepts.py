"""Words to the codes of a taxonomy."""

from collections.abc import Callable

from moisson_normalizer.raw_values import as_text, bare, flattened, is_empty, remembered
from moisson_normalizer.rows import NOT_A_TEXT, CompiledStep, Refusal, Row, RowReject, without_repetitions
from moisson_shared.contracts.recipe import Lookup
from moisson_shared.contracts.schema import ConceptScheme
from moisson_shared.contracts.taxonomy import Taxonomy

CONTRADICTION = Refusal(
    "label-contradicts-code", "the label is that of another concept than the code; the code was taken"
)
_AMBIGUOUS = Refusal("ambiguous-concept", "two concepts of this level are called so: use the code")


def compile_lookup(step: Lookup, index: int, taxonomy: Taxonomy, scheme: ConceptScheme) -> CompiledStep:
    """Refuses words that no concept of the level has as code or label, and labels that two concepts share."""
    find = concept_finder(taxonomy, scheme.level, step.by)
    pairs = tuple(zip(step.columns, step.fallback or (None,) * len(step.columns), strict=True))

    def run(row: Row) -> None:
        values = row.values
        codes: list[str] = []
        for column, fallback in pairs:
            source = column
            value = values.get(column)
            if fallback is not None and is_empty(value):
                source, value = fallback, values.get(fallback)
            taken = len(codes)
            for element in flattened(value):
                text = as_text(element)
                code = NOT_A_TEXT if text is None else find(text)
                if isinstance(code, Refusal):
                    row.rejects.append(RowReject(index, source, element, code))
                else:
                    codes.append(code)
            if fallback is not None and source is column and len(codes) > taken:
                _compare(row, index, fallback, codes[taken:], find)
        if codes:
            values[step.to] = without_repetitions(codes)
        elif step.to in step.columns:
            values.pop(step.to, None)

    return CompiledStep(run=run, reads=step.columns + step.fallback, writes=(step.to,))


def _compare(row: Row, index: int, fallback: str, taken: list[str], find: Callable[[str], str | Refusal]) -> None:
    """Notes labels that name another concept than the codes beside them. One that names none contradicts nothing."""
    for element in flattened(row.values.get(fallback)):
        text = as_text(element)
        named = NOT_A_TEXT if text is None else find(text)
        if not isinstance(named, Refusal) and named not in taken:
            row.rejects.append(RowReject(index, fallback, element, CONTRADICTION, warning=True))


def concept_finder(taxonomy: Taxonomy, level: str, by: tuple[str, ...]) -> Callable[[str], str | Refusal]:
    """A function from a word to a code: codes go before labels, labels before other spellings."""
    codes: dict[str, str] = {}
    labels: dict[str, str | None] = {}
    others: dict[str, str | None] = {}
    for code, concept in taxonomy.of_level(level).items():
        codes.setdefault(bare(code) or code, code)
        for table, words in ((labels, tuple(concept.labels.values())), (others, concept.alternative_labels)):
            for word in {bare(word) or word for word in words}:
                table[word] = code if table.get(word, code) == code else None
    unknown = Refusal("unknown-concept", f"no concept of {taxonomy.id}/{level} has this {' or '.join(by)}")

    @remembered
    def find(text: str) -> str | Refusal:
        word = bare(text) or text
        if "code" in by and word in codes:
            return codes[word]
        if "label" in by:
            for table in (labels, others):
                if word in table:
                    return table[word] or _AMBIGUOUS
        return unknown

    return find
