"""The four services in one process over one data folder. They still talk HTTP with tokens, on loopback.

This is the composition root of the command: settings, backends, apps, servers, in the order in which they need each
other. Nobody else here knows a service.
"""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TextIO, cast

from pydantic import SecretStr
from starlette.applications import Starlette

from moisson_api.app import create_app as create_api
from moisson_api.settings import ApiSettings
from moisson_normalizer.app import create_app as create_normalizer
from moisson_normalizer.settings import NormalizerSettings
from moisson_scraper.app import create_app as create_scraper
from moisson_scraper.settings import ScraperSettings
from moisson_shared.adapters.open_backends import open_documents, open_queue, open_search_reader, open_search_writer
from moisson_shared.web.logs import configure_logging
from moisson_shared.web.serving import BackgroundServer
from moisson_standalone.addresses import Addresses
from moisson_standalone.data_folder import DataFolder, Secrets
from moisson_standalone.ports import HOST, Ports
from moisson_standalone.rotating_log import RotatingLog
from moisson_viz_gateway.app import create_app as create_viz_gateway
from moisson_viz_gateway.settings import VizGatewaySettings

IN_PROCESS = "in-process:"


@dataclass(frozen=True, slots=True)
class RunningSuite:
    """Four services that answer."""

    addresses: Addresses
    first_admin_link: str | None
    """Printed at a start that finds no account; it holds once."""


@asynccontextmanager
async def running_suite(
    folder: DataFolder, ports: Ports, *, demo: bool = False, may_fetch: Sequence[str] = ()
) -> AsyncIterator[RunningSuite]:
    """The services, served until the block ends. `may_fetch` are the `host:port` of sample sites on loopback.

    In a demo the corpus goes live by itself when its checks pass. Raises `StartFailed`.
    """
    addresses, secrets = ports.addresses(), folder.secrets()
    links: list[str] = []
    apps = {
        ports.api: _api(folder, addresses, secrets, links),
        ports.scraper: _scraper(folder, addresses, secrets, may_fetch),
        ports.normalizer: _normalizer(folder, addresses, secrets, publishes=demo),
        ports.portal: _viz_gateway(folder, addresses, secrets),
    }
    with RotatingLog(folder.log_file) as log:
        configure_logging("info", cast("TextIO", log))
        try:
            async with AsyncExitStack() as stack:
                for port, app in apps.items():
                    await stack.enter_async_context(BackgroundServer(app, HOST, port))
                yield RunningSuite(addresses, links[0] if links else None)
        finally:
            configure_logging("warning", sys.stderr)


def _said(folder: DataFolder, service: str, addresses: Addresses, address: str) -> dict[str, Any]:
    """What each service is told."""
    return {
        "host": HOST,
        "public_url": address,
        "issuer": addresses.api,
        "documents_url": folder.documents_url(service),
    }


def _api(folder: DataFolder, addresses: Addresses, secrets: Secrets, links: list[str]) -> Starlette:
    settings = ApiSettings(
        **_said(folder, "api", addresses, addresses.api),
        search_url=folder.search_url,
        scraper_secret=SecretStr(secrets.scraper),
        normalizer_secret=SecretStr(secrets.normalizer),
        viz_gateway_secret=SecretStr(secrets.viz_gateway),
        key_secret=SecretStr(secrets.keys),
    )
    documents = open_documents(settings.documents_url)
    return create_api(settings, documents, open_search_reader(settings.search_url), announce=links.append)


def _scraper(folder: DataFolder, addresses: Addresses, secrets: Secrets, may_fetch: Sequence[str]) -> Starlette:
    said = _said(folder, "scraper", addresses, addresses.scraper)
    if may_fetch:
        said["outbound_allow"] = tuple(may_fetch)
    settings = ScraperSettings(
        **said,
        client_secret=SecretStr(secrets.scraper),
        secrets_key=SecretStr(secrets.keys),
        normalizer_url=addresses.normalizer,
    )
    return create_scraper(settings, open_documents(settings.documents_url), open_queue(IN_PROCESS))


def _normalizer(folder: DataFolder, addresses: Addresses, secrets: Secrets, *, publishes: bool) -> Starlette:
    settings = NormalizerSettings(
        **_said(folder, "normalizer", addresses, addresses.normalizer),
        client_secret=SecretStr(secrets.normalizer),
        scraper_url=addresses.scraper,
        search_url=folder.search_url,
        seeded_corpus_publishes=publishes,
    )
    documents = open_documents(settings.documents_url)
    return create_normalizer(settings, documents, open_search_writer(settings.search_url), open_queue(IN_PROCESS))


def _viz_gateway(folder: DataFolder, addresses: Addresses, secrets: Secrets) -> Starlette:
    settings = VizGatewaySettings(
        **_said(folder, "viz-gateway", addresses, addresses.portal),
        api_url=addresses.api,
        scraper_url=addresses.scraper,
        normalizer_url=addresses.normalizer,
        session_secret=SecretStr(secrets.sessions),
    )
    return create_viz_gateway(settings, open_documents(settings.documents_url))
