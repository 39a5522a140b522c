"""Whether pages can be rendered here at all; if not, one sentence for people that says what to do about it."""

import shutil
from importlib.util import find_spec
from typing import Literal

Mode = Literal["auto", "on", "off"]
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_CANNOT = "pages that need a browser cannot be read by this installation"


def find_chromium(stated: str) -> str | None:
    """The path of the browser: the stated one, else one of the usual names on PATH."""
    return next(filter(None, map(shutil.which, [stated] if stated else _NAMES)), None)


def why_not_rendered(mode: Mode, stated: str) -> str | None:
    """Why not, or None where it can be tried. Nothing is started for this."""
    if mode == "off":
        return f"{_CANNOT}: rendering is switched off (its operator can set MOISSON_SCRAPER_RENDERING to auto)"
    if find_spec("playwright") is None:
        return f"{_CANNOT}: Playwright is missing (its operator can install moisson-scraper[rendering])"
    if find_chromium(stated) is None:
        where = f"there is none at {stated!r}" if stated else "none was found"
        return (
            f"{_CANNOT}: Chromium is missing, {where} (its operator can install it, in Debian the package chromium, or "
            "set MOISSON_SCRAPER_CHROMIUM to its path)"
        )
    return None
