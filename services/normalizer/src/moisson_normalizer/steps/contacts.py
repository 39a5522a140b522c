"""Steps for web addresses, e-mail addresses and telephone numbers."""

from collections.abc import Callable
from typing import Any

from moisson_normalizer.contact_details import emails_in, one_email, one_phone, phones_in
from moisson_normalizer.raw_values import as_text, collapsed, flattened
from moisson_normalizer.rows import NOT_A_TEXT, CompiledStep, Refusal, Row, RowReject, without_repetitions
from moisson_normalizer.web_addresses import addresses_in, one_address
from moisson_shared.contracts.recipe import ParseEmail, ParsePhone, ParseUrl

NOT_AN_ADDRESS = Refusal("not-a-web-address", "not a web address (http or https)")
NOT_AN_EMAIL = Refusal("not-an-email", "not an e-mail address")
NOT_A_PHONE = Refusal("not-a-phone", "not a telephone number")

Found = tuple[tuple[str, ...], tuple[str, ...]]
"""What was looked for, and the words that are something else."""


def compile_url(step: ParseUrl, index: int) -> CompiledStep:
    """Refuses other schemes, hosts that cannot exist, and addresses with a user and password."""

    def find(text: str) -> Found:
        if not step.many:
            address = one_address(text)
            return ((address,), ()) if address else ((), (text,))
        found, rest = addresses_in(text)
        return found, ((rest or text,) if rest or not found else ())

    return _finder(index, step, find, NOT_AN_ADDRESS, step.remainder)


def compile_email(step: ParseEmail, index: int) -> CompiledStep:
    """Refuses what has no domain with a dot; `[at]` is understood."""

    def find(text: str) -> Found:
        if not step.many:
            email = one_email(text)
            return ((email,), ()) if email else ((), (text,))
        found, rest = emails_in(text)
        return found, ((rest or text,) if rest or not found else ())

    return _finder(index, step, find, NOT_AN_EMAIL, step.remainder)


def compile_phone(step: ParsePhone, index: int) -> CompiledStep:
    """Refuses letters, and fewer than 3 or more than 15 digits."""

    def find(text: str) -> Found:
        if step.many:
            return phones_in(text)
        phone = one_phone(text)
        return ((phone,), ()) if phone else ((), (text,))

    return _finder(index, step, find, NOT_A_PHONE, None, each_part=True)


def _finder(
    index: int,
    step: ParseUrl | ParseEmail | ParsePhone,
    find: Callable[[str], Found],
    refusal: Refusal,
    remainder: str | None,
    *,
    each_part: bool = False,
) -> CompiledStep:
    """A step that finds things in a text. What is left goes to the remainder; without one it is a reject where
    nothing was found (with `each_part` in any case: a part that is no number may be a number misspelt)."""
    column, target, many = step.column, step.to or step.column, step.many
    in_place = target == column

    def run(row: Row) -> None:
        raw = row.values.get(column)
        if raw is None:
            return
        found: list[Any] = []
        rests: list[str] = []
        for value in flattened(raw):
            text = as_text(value)
            if text is None:
                row.rejects.append(RowReject(index, column, value, NOT_A_TEXT))
                continue
            here, others = find(text)
            found.extend(here)
            if others and remainder is not None:
                rests.extend(collapsed(other) for other in others)
            elif others and (each_part or not here):
                row.rejects.extend(RowReject(index, column, other, refusal) for other in others)
        if in_place:
            del row.values[column]
        if found:
            kept = without_repetitions(found)
            row.values[target] = kept if many or len(kept) > 1 else kept[0]
        if rests and remainder is not None:
            before = flattened(row.values.get(remainder))
            row.values[remainder] = without_repetitions([*before, *rests])

    writes = (target,) if remainder is None else (target, remainder)
    return CompiledStep(run=run, reads=(column,), writes=writes)
