"""How sure a proposal is, from 0 to 1: the same evidence weighs the same everywhere."""

LABELLED = 0.9
PROPERTY = 0.9
HEADING = 0.85
KNOWN_NAME = 0.8
OWN_NAME = 0.7
SHAPE = 0.6
POSITION = 0.45


def field_confidence(evidence: float, filled: float) -> float:
    """A field that most items have is surer than one that few have."""
    return round(max(0.0, min(1.0, evidence * (0.5 + 0.5 * filled))), 2)


def draft_confidence(items: float, *, confirmed: bool, fields: int, titled: bool) -> float:
    """Of a whole spider: how good the items are, whether further pages bore it out, and what is taken of them."""
    found = 0.55 * min(1.0, items) + 0.2 * min(1.0, fields / 4) + 0.1 * titled + 0.15 * confirmed
    return round(min(1.0, found), 2)
