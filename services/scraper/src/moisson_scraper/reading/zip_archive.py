"""Zip archives, of which XLSX and ODS files are made: what is in one is known before anything is unpacked."""

import io
import zipfile

from moisson_scraper.reading.notice import Unreadable

ZIP = b"PK\x03\x04"
MOST_UNPACKED = 300_000_000
"""Bytes of all members of the archive."""
MOST_RATIO = 200
MOST_MEMBERS = 2000
_NAME_BYTES = 200

_BROKEN = (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError)
"""What zipfile raises for an archive that is damaged, or made to be."""


def members_of(body: bytes, code: str, name: str) -> frozenset[str]:
    """The names of the members. Raises `Unreadable`: with `code` for what is no archive, and so no file of that `name`;
    and for an archive that explodes."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = archive.infolist()
    except _BROKEN as error:
        raise Unreadable(code, f"The file is no {name}: it is not even a zip archive.") from error
    unpacked = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    # Sheets pack well, but not this well; small files cannot do harm.
    exploding = unpacked > 10_000_000 and unpacked / packed > MOST_RATIO
    if len(members) > MOST_MEMBERS or unpacked > MOST_UNPACKED or exploding:
        message = f"Unpacked, the workbook would take {unpacked:,} bytes in {len(members):,} parts; that is refused."
        raise Unreadable("archive-too-large", message)
    return frozenset(member.filename for member in members)


def is_opendocument(body: bytes) -> bool:
    """Whether an archive says that it is an OpenDocument file: its first member is `mimetype`, not packed
    (OpenDocument 1.3, part 2, 3.3), or it holds what such a file holds."""
    if body[30:38] == b"mimetype":
        return b"opendocument" in body[38 : 38 + _NAME_BYTES]
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return "content.xml" in archive.NameToInfo
    except _BROKEN:
        return False


def other_members(body: bytes) -> str | None:
    """The first names in an archive that is no workbook of Excel's; else None."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = archive.namelist()
    except _BROKEN:
        return None
    if not names or any(name.startswith("xl/") or name == "[Content_Types].xml" for name in names):
        return None
    return ", ".join(names[:3])
