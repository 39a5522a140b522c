"""One Chromium for the whole process: begun when a page needs it, begun again after a crash, ended when nobody does.

It has no other way out than the proxy, resolves no name, and gets nothing of the service's environment. It is killed
with its process group, and ends by itself when the pipe to this process closes, however this process ended.
"""

import asyncio
import os
import signal
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from moisson_scraper.fetching.page_failure import PageFailed
from moisson_scraper.rendering.guarding_proxy import GuardingProxy
from moisson_scraper.rendering.proxy_session import ProxySession

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page, Playwright

START_SECONDS = 30.0
CLOSE_SECONDS = 3.0
"""For Chromium to close something in peace; after that it is killed."""
_UNINVITED_SECONDS = 0.3
"""For a page of ours to be known as such."""
_FLAGS = (
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--dns-prefetch-disable",
    "--no-pings",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-gpu",
    "--disable-3d-apis",
    "--disable-notifications",
    "--disable-speech-api",
    "--disable-remote-fonts",
    "--no-first-run",
    "--js-flags=--max-old-space-size=512",
)


@dataclass(frozen=True, slots=True)
class ChromiumRules:
    """What Chromium is, and what it may have. `memory` is bytes of one renderer process."""

    path: str
    user_agent: str
    sandbox: bool = True
    idle_seconds: float = 60.0
    memory: int = 1_000_000_000


@dataclass(slots=True)
class Engine:
    """A Chromium that is running."""

    playwright: "Playwright"
    browser: "Browser"
    folder: "tempfile.TemporaryDirectory[str]"
    pid: int

    async def end(self) -> None:
        """In peace if it can be; afterwards nothing of it is left."""
        with suppress(Exception):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.browser.close()
        self.kill()
        with suppress(Exception):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.playwright.stop()
        await asyncio.to_thread(self.folder.cleanup)

    def kill(self) -> None:
        """The whole group of processes, which Playwright gives to each browser."""
        with suppress(ProcessLookupError, PermissionError):
            if os.getpgid(self.pid) == self.pid:
                os.killpg(self.pid, signal.SIGKILL)


class Window:
    """What one run has of the browser: its own cookies and cache, and its own credential at the proxy."""

    def __init__(self, chromium: "Chromium", engine: Engine, context: "BrowserContext", session: ProxySession) -> None:
        self._chromium = chromium
        self.engine = engine
        self.context = context
        self.session = session
        self._ours: set[Page] = set()
        context.on("page", self._close_uninvited)

    async def new_page(self) -> "Page":
        """A page of ours."""
        page = await self.context.new_page()
        self._ours.add(page)
        page.on("close", self._forget)
        return page

    def _forget(self, page: "Page") -> None:
        self._ours.discard(page)

    async def _close_uninvited(self, page: "Page") -> None:
        """Pages that other pages open are closed; until then they get nothing (see `Chromium.window`)."""
        await asyncio.sleep(_UNINVITED_SECONDS)
        if page not in self._ours:
            with suppress(Exception):  # it may have gone by itself
                await page.close()

    @property
    def there(self) -> bool:
        """Whether the browser behind it still runs."""
        return self.engine.browser.is_connected()

    async def close(self) -> None:
        """Gives it back; where it cannot be closed, the browser is killed."""
        await self._chromium.give_back(self)


class Chromium:
    """Opens windows."""

    def __init__(self, rules: ChromiumRules, proxy: GuardingProxy) -> None:
        self.rules = rules
        self._proxy = proxy
        self._engine: Engine | None = None
        self._starting = asyncio.Lock()
        self._windows = 0
        self._idle: asyncio.Task[None] | None = None

    @property
    def running(self) -> Engine | None:
        """The browser, while there is one."""
        engine = self._engine
        return engine if engine is not None and engine.browser.is_connected() else None

    async def window(self) -> Window:
        """A new window. Raises `PageFailed` where Chromium cannot be had."""
        from playwright.async_api import Error

        self._windows += 1
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        session: ProxySession | None = None
        try:
            engine = await self._started()
            session = self._proxy.begin_session()
            context = await engine.browser.new_context(
                proxy={"server": self._proxy.address, "username": session.user, "password": session.password},
                user_agent=f"Mozilla/5.0 (compatible; {self.rules.user_agent})",
                locale="fr-FR",
                viewport={"width": 1280, "height": 1600},
                accept_downloads=False,
                service_workers="block",
                reduced_motion="reduce",
            )
            await context.route("**/*", lambda route: route.abort())  # for pages that open by themselves
        except BaseException as error:
            self._windows -= 1
            if session is not None:
                await self._proxy.end_session(session)
            if isinstance(error, Error):
                raise _no_chromium(error) from error
            raise
        return Window(self, engine, context, session)

    async def give_back(self, window: Window) -> None:
        """Closes a window; the last one begins the time after which an idle browser ends."""
        try:
            if window.there:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await window.context.close()
        except Exception as error:  # noqa: BLE001 - whatever Playwright says, a window that does not close is killed
            structlog.get_logger().warning("chromium killed", reason=str(error)[:300] or type(error).__name__)
            window.engine.kill()
        finally:
            self._windows -= 1
            await self._proxy.end_session(window.session)
            if self._windows == 0 and self._engine is not None and self._idle is None:
                self._idle = asyncio.create_task(self._end_when_idle())

    async def close(self) -> None:
        """Ends the browser; safe to repeat."""
        if self._idle is not None:
            self._idle.cancel()
            await asyncio.gather(self._idle, return_exceptions=True)
            self._idle = None
        async with self._starting:
            await self._end()

    async def _end_when_idle(self) -> None:
        await asyncio.sleep(self.rules.idle_seconds)
        self._idle = None  # from here on it is not called off
        async with self._starting:
            if self._windows == 0:
                await self._end()

    async def _end(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.end()

    async def _started(self) -> Engine:
        async with self._starting:
            if self.running is None:
                await self._end()
                self._engine = await self._start()
            if self._engine is None:
                raise PageFailed("no-browser", "Chromium could not be started.")
            return self._engine

    async def _start(self) -> Engine:
        from playwright.async_api import async_playwright

        if not self._proxy.port:
            await self._proxy.open()
        folder = tempfile.TemporaryDirectory(prefix="moisson-chromium-")
        playwright = await async_playwright().start()
        try:
            browser = await playwright.chromium.launch(
                executable_path=self.rules.path,
                args=[*_FLAGS, f"--proxy-server={self._proxy.address}"],
                ignore_default_args=["--disable-popup-blocking"],
                chromium_sandbox=self.rules.sandbox,
                timeout=START_SECONDS * 1000,
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
                env={"PATH": os.environ.get("PATH", os.defpath), "HOME": folder.name, "LANG": "C.UTF-8"},
            )
            session = await browser.new_browser_cdp_session()
            found = await session.send("SystemInfo.getProcessInfo")
            await session.detach()
        except BaseException:
            await playwright.stop()
            folder.cleanup()
            raise
        pid = next(int(one["id"]) for one in found["processInfo"] if one["type"] == "browser")
        structlog.get_logger().info("chromium started", pid=pid, version=browser.version)
        return Engine(playwright, browser, folder, pid)


def _no_chromium(error: Exception) -> PageFailed:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    structlog.get_logger().warning("chromium does not start", reason=" ".join(lines)[:2000])
    hint = ""
    if "sandbox" in str(error).lower():
        hint = " Its sandbox needs user namespaces and an account other than root."
    return PageFailed("no-browser", f"Chromium could not be started; the service's log has what it said.{hint}")
