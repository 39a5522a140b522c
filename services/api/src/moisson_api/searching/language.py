"""In which language labels are written: the parameter `lang`, else the header Accept-Language, else French. Pure."""

from collections.abc import Collection

DEFAULT_LANGUAGE = "fr"


def choose_language(asked: str | None, accept_language: str | None, available: Collection[str]) -> str:
    """An explicit wish as it is (labels fall back by themselves), else the best accepted one there are labels in.

    RFC 9110, 12.5.4: ranges with weights; only their primary subtag counts here, and `*` is the default language.
    """
    if asked is not None:
        return asked
    if not accept_language:
        return DEFAULT_LANGUAGE
    best, best_weight = DEFAULT_LANGUAGE, 0.0
    for part in accept_language[:1000].split(","):
        wanted, _, parameter = part.partition(";")
        tag = wanted.strip().lower().partition("-")[0]
        language = DEFAULT_LANGUAGE if tag == "*" else tag
        weight = _weight(parameter)
        if weight > best_weight and (language in available or language == DEFAULT_LANGUAGE):
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
