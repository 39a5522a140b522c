"""Documents carry their version as a strong ETag; whoever replaces one says which version it read (RFC 9110, 13.1)."""

import re

from moisson_shared.contracts.errors import Invalid, VersionConflict, VersionRequired

_ENTITY_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def etag(version: int) -> str:
    """`"3"`: the value of an ETag header."""
    return f'"{version}"'


def entity_tags(header: str) -> tuple[tuple[bool, str], ...]:
    """The tags of an If-Match or If-None-Match header as (weak, opaque); `Invalid` when it is none."""
    tags = []
    rest = header.strip()
    while rest:
        match = _ENTITY_TAG.match(rest)
        if match is None:
            raise Invalid(f'{header!r} is not a list of entity tags; write "3", with the quotes.')
        tags.append((match[1] is not None, match[2]))
        rest = rest[match.end() :].lstrip()
        if rest and not rest.startswith(","):
            raise Invalid(f"{header!r} is not a list of entity tags: a comma is missing.")
        rest = rest.removeprefix(",").lstrip()
    return tuple(tags)


def expected_version(if_match: str | None, current: int) -> int:
    """The version to replace, when the header allows replacing `current`.

    Raises `VersionRequired` (428) without the header and `VersionConflict` (412) when it names other versions. Weak
    tags never match (RFC 9110, 13.1.1); `*` matches whatever is there.
    """
    if if_match is None or not if_match.strip():
        raise VersionRequired(f"Say which version you replace: If-Match: {etag(current)}.")
    if if_match.strip() == "*":
        return current
    if (False, str(current)) in entity_tags(if_match):
        return current
    raise VersionConflict(f"Somebody else wrote meanwhile: this is version {current} now. Read it again.")


def not_modified(if_none_match: str | None, version: int) -> bool:
    """Whether a reader already has this version (weak comparison, RFC 9110, 13.1.2)."""
    if if_none_match is None or not if_none_match.strip():
        return False
    if if_none_match.strip() == "*":
        return True
    try:
        return any(opaque == str(version) for _, opaque in entity_tags(if_none_match))
    except Invalid:
        return False
