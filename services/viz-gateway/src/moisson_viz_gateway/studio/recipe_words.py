"""The steps of a recipe as sentences. Pure; the sentences are in the catalogues, the names in quotation marks."""

from collections.abc import Iterable

from moisson_shared.contracts import recipe as steps
from moisson_shared.contracts.recipe import Step
from moisson_viz_gateway.wording.catalogue import Wording

MOST_NAMED = 6


def step_sentence(step: Step, words: Wording) -> str:  # noqa: C901 - one case for each kind of step
    """What one step does, for somebody who writes no code."""
    match step:
        case steps.Rename():
            pairs = (f"{quoted(old, words)} → {quoted(new, words)}" for old, new in step.columns.items())
            return words("step.rename", pairs=_listed(pairs, len(step.columns), words))
        case steps.Constant():
            value = ", ".join(step.value) if isinstance(step.value, tuple) else str(step.value)
            return words("step.constant", to=quoted(step.to, words), value=quoted(value, words))
        case steps.Split():
            key = "step.split_any" if step.any_character else "step.split"
            return words(
                key, column=quoted(step.column, words), separator=quoted(step.separator, words), **_to(step, words)
            )
        case steps.Join():
            return words(
                "step.join",
                columns=_names(step.columns, words),
                to=quoted(step.to, words),
                separator=quoted(step.separator, words),
            )
        case steps.Coalesce():
            return words("step.coalesce", columns=_names(step.columns, words), to=quoted(step.to, words))
        case steps.Collect():
            return words("step.collect", columns=_names(step.columns, words), to=quoted(step.to, words))
        case steps.NullTokens():
            return words("step.null_tokens", tokens=_names(step.tokens, words), where=_where(step.columns, words))
        case steps.Trim():
            return words("step.trim", where=_where(step.columns, words))
        case steps.HtmlToText():
            return words("step.html_to_text", columns=_names(step.columns, words))
        case steps.ParseDate():
            return words(
                "step.date", column=quoted(step.column, words), formats=_names(step.formats, words), **_to(step, words)
            )
        case steps.ParseNumber():
            key = "step.integer" if step.integer else "step.number"
            return words(
                key, column=quoted(step.column, words), decimal=quoted(step.decimal, words), **_to(step, words)
            )
        case steps.Pad():
            return words(
                "step.pad",
                column=quoted(step.column, words),
                width=step.width,
                fill=quoted(step.fill, words),
                **_to(step, words),
            )
        case steps.ParseUrl():
            return words("step.url", column=quoted(step.column, words), **_to(step, words))
        case steps.ParseEmail():
            return words("step.email", column=quoted(step.column, words), **_to(step, words))
        case steps.Coordinates():
            return words("step.coordinates", x=quoted(step.x, words), y=quoted(step.y, words), crs=step.crs)
        case steps.Lookup():
            return words(
                "step.lookup", columns=_names(step.columns, words), to=quoted(step.to, words), by=_by(step.by, words)
            )
        case steps.Terms():
            return words("step.terms", number=len(step.rules), to=quoted(step.to, words))
        case steps.ParsePhone():
            return words("step.phone", column=quoted(step.column, words), **_to(step, words))
        case _:
            return words("step.other", name=step.step)


def quoted(text: str, words: Wording) -> str:
    """A name in the language's own quotation marks; blanks are named, or nobody would see them."""
    shown = words("text.blank") if not text.strip() else text
    return f"«\u202f{shown}\u202f»" if words.language == "fr" else f"“{shown}”"


def _to(step: Step, words: Wording) -> dict[str, str]:
    target = getattr(step, "to", None) or getattr(step, "column", "")
    return {"to": quoted(str(target), words)}


def _by(by: Iterable[str], words: Wording) -> str:
    return words("text.then").join(words(f"lookup.{way}") for way in by)


def _where(columns: tuple[str, ...], words: Wording) -> str:
    return words("step.in_columns", columns=_names(columns, words)) if columns else words("step.everywhere")


def _names(names: tuple[str, ...], words: Wording) -> str:
    return _listed((quoted(name, words) for name in names), len(names), words)


def _listed(names: Iterable[str], number: int, words: Wording) -> str:
    shown = list(names)[:MOST_NAMED]
    text = ", ".join(shown)
    return text if number <= MOST_NAMED else words("text.and_more", text=text, count=number - MOST_NAMED)
