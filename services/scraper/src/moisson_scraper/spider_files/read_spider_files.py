"""From the text of a file to spiders, one or a list. Each is read by itself, so one fault hides no other. Pure."""

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ValidationError

from moisson_scraper.spider_files.json_text import read_json
from moisson_scraper.spider_files.spider_file import SpiderFile
from moisson_scraper.spider_files.yaml_document import Path, read_yaml
from moisson_shared.contracts.errors import Fault, Invalid, TooLarge
from moisson_shared.contracts.faults import faults_of, place_in

FileFormat = Literal["yaml", "json"]
MOST_SPIDERS = 200


@dataclass(frozen=True, slots=True)
class SpiderRead:
    """One spider of a file: `pointer` says where it stands, `id` what it calls itself, if it does."""

    pointer: str
    id: str | None
    file: SpiderFile | None
    faults: tuple[Fault, ...] = field(default=())


def read_spider_files(body: bytes, form: FileFormat) -> list[SpiderRead]:
    """Raises `Invalid` for what is no such document at all, and `TooLarge`."""
    written: dict[Path, str] = {}
    if form == "yaml":
        document = read_yaml(body)
        value, written = document.value, document.written
    else:
        value = read_json(body)
    if isinstance(value, dict):
        return [_read(value, (), written)]
    if not isinstance(value, list) or not value:
        raise Invalid("A file holds one spider, or a list of spiders.", (Fault("", "an object or a list is expected"),))
    if len(value) > MOST_SPIDERS:
        raise TooLarge(f"The file has {len(value)} spiders; at most {MOST_SPIDERS} are imported at once.")
    return [_read(part, (number,), written) for number, part in enumerate(value)]


def _read(value: object, place: Path, written: dict[Path, str]) -> SpiderRead:
    pointer = "".join(f"/{part}" for part in place)
    named = value.get("id") if isinstance(value, dict) else None
    own = named if isinstance(named, str) else None
    while True:
        try:
            file = SpiderFile.model_validate(value)
        except ValidationError as error:
            if not _as_written(value, error, place, written):
                return SpiderRead(pointer, own, None, faults_of(error, value))
        else:
            return SpiderRead(pointer, file.id, file)


def _as_written(value: object, error: ValidationError, place: Path, written: dict[Path, str]) -> bool:
    """Puts what stood in the file where the model wants text and YAML saw a number or the like: `2024`, `true`.

    Whether anything was put; each place is only once.
    """
    put = False
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        inside = place_in(value, detail)
        text = written.pop((*place, *inside), None) if detail["type"] == "string_type" and inside else None
        if text is not None:
            here: Any = value
            for step in inside[:-1]:
                here = here[step]
            here[inside[-1]] = text
            put = True
    return put
