"""The folder of an installation: one process at a time, secrets made once and kept from others."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from moisson_standalone.data_folder import DataFolder, FolderUnusable, Secrets


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_secrets_are_made_once_and_only_for_their_owner(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "new" / "data")
    folder.make()
    made = folder.secrets()
    assert DataFolder(tmp_path / "new" / "data").secrets() == made
    assert mode(folder.path / "secrets.json") == 0o600
    assert mode(folder.path) == 0o700
    assert len(set(made.model_dump().values())) == len(Secrets.model_fields)


def test_no_secret_is_short(tmp_path: Path) -> None:
    assert min(len(secret) for secret in Secrets.fresh().model_dump().values()) >= 43


@pytest.mark.parametrize("content", ["", "{}", '{"scraper": 1}', "no json"])
def test_damaged_secrets_are_not_replaced_in_silence(tmp_path: Path, content: str) -> None:
    folder = DataFolder(tmp_path)
    (tmp_path / "secrets.json").write_text(content)
    with pytest.raises(FolderUnusable, match=r"secrets\.json cannot be read"):
        folder.secrets()
    assert (tmp_path / "secrets.json").read_text() == content


def test_a_second_process_is_told_who_has_the_folder(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin
    assert holder.stdout
    with holder:
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(FolderUnusable, match=rf"already running on .* \(process {holder.pid}\)"),
            DataFolder(tmp_path).locked(),
        ):
            pass
        holder.kill()
    with DataFolder(tmp_path).locked():
        assert (tmp_path / "moisson.lock").exists()


HOLD = """
import sys
from pathlib import Path
from moisson_standalone.data_folder import DataFolder
with DataFolder(Path(sys.argv[1])).locked():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderUnusable, match="cannot be made"):
        DataFolder(tmp_path / "file").make()


def test_the_stores_lie_in_the_folder(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    assert folder.documents_url("scraper") == f"sqlite://{tmp_path}/scraper.sqlite"
    assert folder.search_url == f"tantivy://{tmp_path}/index"
