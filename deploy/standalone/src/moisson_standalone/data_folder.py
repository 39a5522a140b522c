"""The one folder in which an installation keeps everything: stores, index, secrets, and a lock.

It knows files only; what the services do with their addresses is theirs.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError


class FolderUnusable(Exception):
    """The folder cannot be used as it is; `str()` says why and what to do."""


class Secrets(BaseModel):
    """What the services of one installation prove themselves with. Made once, never shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scraper: str
    normalizer: str
    viz_gateway: str
    keys: str
    """Seals the private signing keys in the store of the api."""
    sessions: str
    """Seals the session cookies of the viz-gateway."""

    @classmethod
    def fresh(cls) -> "Secrets":
        """256 bits for each, from the system's randomness."""
        return cls(**{name: secrets.token_urlsafe(32) for name in cls.model_fields})


class DataFolder:
    """A folder of ours, made with the rights of its owner alone (mode 0700)."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    def make(self) -> None:
        """Makes the folder and its parents where they are missing; `FolderUnusable` where that cannot be."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise FolderUnusable(f"The data folder {self.path} cannot be made: {error.strerror}.") from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the folder for this process; the lock goes with the process, however it ends."""
        self.make()
        try:
            file = os.open(self.path / "moisson.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise FolderUnusable(f"Nothing can be written in the data folder {self.path}: {error.strerror}.") from error
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                owner = os.read(file, 20).decode("ascii", "replace").strip()
                raise FolderUnusable(
                    f"Moisson is already running on {self.path}{f' (process {owner})' if owner else ''}: "
                    "stop that one, or name another folder with --data."
                ) from error
            os.ftruncate(file, 0)
            os.write(file, f"{os.getpid()}\n".encode())
            yield
        finally:
            os.close(file)

    def secrets(self) -> Secrets:
        """The secrets of this installation: read, or made at the first start (mode 0600)."""
        file = self.path / "secrets.json"
        try:
            return Secrets.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            made = Secrets.fresh()
            self._write_privately(file, made.model_dump_json(indent=1))
            return made
        except (OSError, ValidationError) as error:
            raise FolderUnusable(
                f"{file} cannot be read as the secrets of this installation: restore it, or remove it to have new ones "
                "made (everybody is then signed out)."
            ) from error

    def documents_url(self, service: str) -> str:
        """The address of a service's own document store."""
        return f"sqlite://{self.path / service}.sqlite"

    @property
    def search_url(self) -> str:
        """The address of the search index."""
        return f"tantivy://{self.path / 'index'}"

    @property
    def log_file(self) -> Path:
        """Where the services write what they do."""
        return self.path / "moisson.log"

    def recall(self, name: str) -> bytes | None:
        """A note of an earlier start, or None."""
        try:
            return (self.path / f"{name}.json").read_bytes()
        except FileNotFoundError:
            return None

    def remember(self, name: str, note: str) -> None:
        """Keeps a note for the next start."""
        self._write_privately(self.path / f"{name}.json", note)

    def _write_privately(self, file: Path, text: str) -> None:
        """Whole or not at all: a crash in the middle leaves what was there."""
        part = file.with_suffix(".part")
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)
