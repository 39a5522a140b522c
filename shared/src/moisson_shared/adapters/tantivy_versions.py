"""The folders of index versions: what is sealed, what is live, which number comes next. Blocking; it opens no index.

    <root>/<corpus>/v12/manifest.json    there once the version is sealed
    <root>/<corpus>/v12/opendata/        one tantivy index per shelf
    <root>/<corpus>/live                 the number of the live version
    <root>/<corpus>/last                 the highest number ever given

Files are written beside and moved into place, so a reader in another process sees the old or the new one.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from moisson_shared.contracts.corpus import Manifest

_CORPUS = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_VERSION = re.compile(r"v([1-9][0-9]{0,17})")
_COPIED = frozenset({"meta.json", ".managed.json"})
"""tantivy replaces these; all other files of a finished index are never changed, so links will do."""


class VersionFolders:
    """The versions under one root. Names from outside that are no corpus ids lead nowhere."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def corpora(self) -> list[str]:
        """The ids of the corpora that have a folder, in order."""
        try:
            return sorted(entry.name for entry in self.root.iterdir() if _CORPUS.fullmatch(entry.name))
        except FileNotFoundError:
            return []

    def version(self, corpus: str, version: int) -> Path:
        """The folder of a version, there or not."""
        return self._corpus(corpus) / f"v{version}"

    def numbers(self, corpus: str) -> list[int]:
        """The numbers of all versions that have a folder, sealed or not, ascending."""
        try:
            found = [_VERSION.fullmatch(entry.name) for entry in self._corpus(corpus).iterdir()]
        except FileNotFoundError:
            return []
        return sorted(int(match[1]) for match in found if match)

    def is_sealed(self, corpus: str, version: int) -> bool:
        """Whether a version is complete and still there."""
        # Asked before every query: paths of pathlib cost more than looking.
        return os.path.isfile(f"{self.root}/{corpus}/v{version}/manifest.json")  # noqa: PTH113

    def read_manifest(self, corpus: str, version: int) -> Manifest | None:
        """The manifest of a sealed version; None for any other."""
        if not _CORPUS.fullmatch(corpus):
            return None
        try:
            return Manifest.model_validate_json(self._manifest(corpus, version).read_bytes())
        except FileNotFoundError:
            return None

    def write_manifest(self, manifest: Manifest) -> None:
        """Seals a version; its indexes must be on disk."""
        corpus = manifest.layout.corpus
        _replace(self._manifest(corpus, manifest.version), manifest.model_dump_json().encode())
        _sync_folder(self._corpus(corpus))

    def live(self, corpus: str) -> int | None:
        """The number of the live version."""
        return self._number(corpus, "live")

    def set_live(self, corpus: str, version: int) -> None:
        """Moves the pointer in one step."""
        _replace(self._corpus(corpus) / "live", str(version).encode())

    def take_number(self, corpus: str) -> int:
        """The next number, noted before it is used."""
        folder = self._corpus(corpus)
        folder.mkdir(parents=True, exist_ok=True)
        number = max(self._number(corpus, "last") or 0, self.live(corpus) or 0, *self.numbers(corpus), 0) + 1
        _replace(folder / "last", str(number).encode())
        return number

    def link(self, source: Path, target: Path) -> None:
        """A second index of the same segments in a new folder."""
        target.mkdir(parents=True)
        for entry in source.iterdir():
            if entry.name in _COPIED:
                shutil.copyfile(entry, target / entry.name)
            elif not entry.name.endswith(".lock"):
                os.link(entry, target / entry.name)

    def delete(self, corpus: str, version: int) -> None:
        """Unseals first, so that a half-deleted version is never read."""
        self._manifest(corpus, version).unlink(missing_ok=True)
        shutil.rmtree(self.version(corpus, version), ignore_errors=True)

    def _corpus(self, corpus: str) -> Path:
        if not _CORPUS.fullmatch(corpus):
            raise ValueError(f"{corpus!r} is no corpus id")
        return self.root / corpus

    def _manifest(self, corpus: str, version: int) -> Path:
        return self.version(corpus, version) / "manifest.json"

    def _number(self, corpus: str, name: str) -> int | None:
        if not _CORPUS.fullmatch(corpus):
            return None
        try:
            return int((self._corpus(corpus) / name).read_bytes())
        except FileNotFoundError:
            return None


def sync_tree(folder: Path) -> None:
    """Makes all files of a folder durable."""
    for entry in _files(folder):
        with entry.open("rb") as file:
            os.fsync(file.fileno())
    for entry in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        _sync_folder(entry)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
