"""A gateway on loopback and a Chromium that tells what went wrong inside it."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.viz_gateway.fake_api import FakeApi
from tests.viz_gateway.fake_scraper import FakeScraper
from tests.viz_gateway.running_gateway import Running, running_gateway

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ARTIFACTS = Path(__file__).resolve().parents[2] / "test-artifacts"
DESKTOP = (1280, 900)
TELEPHONE = (390, 844)


class Served(Protocol):
    """Whatever answers at an address."""

    url: str


@dataclass
class Window:
    """A page of a browser, with everything that it complained about and every host that it asked."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    async def picture(self, name: str, *, whole: bool = True) -> None:
        """A screenshot, to be looked at."""
        ARTIFACTS.mkdir(exist_ok=True)
        await self.page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=whole)

    def check(self) -> None:
        """Nothing was complained about, and nobody else's server was asked."""
        assert self.complaints == []
        assert self.hosts <= {"127.0.0.1"}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium as the system has it."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "Chromium is missing: install it (Debian: apt-get install chromium), then run this again."
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield chromium
        await chromium.close()


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Running]:
    """The gateway with its small neighbours; runs go on slowly enough to be watched."""
    async with running_gateway(tmp_path, FakeApi(), FakeScraper(pause=0.4), served=True) as running:
        yield running


async def open_window(
    browser: Browser, gateway: Served, size: tuple[int, int] = DESKTOP, *, script: bool = True, dark: bool = False
) -> Window:
    """A window of a new visitor."""
    context: BrowserContext = await browser.new_context(
        base_url=gateway.url,
        viewport={"width": size[0], "height": size[1]},
        locale="fr-FR",
        java_script_enabled=script,
        color_scheme="dark" if dark else "light",
    )
    window = Window(await context.new_page())

    def listen(kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            window.complaints.append(f"{kind}: {text}")

    window.page.on("console", lambda message: listen(message.type, message.text))
    window.page.on("pageerror", lambda error: listen("error", str(error)))
    window.page.on("request", lambda request: window.hosts.add(urlsplit(request.url).hostname or "data"))
    return window
