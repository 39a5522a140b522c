"""The suite in each of its three forms, started with settings only, for tests that go the whole way.

`with started_suite(Form.EMBEDDED, folder, may_fetch) as suite:` gives addresses, processes to kill and restart, and an
admin account. It knows commands, environment variables and HTTP; no code of a service.
"""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from moisson_standalone.addresses import Addresses
from moisson_standalone.demo.accounts import ADMIN
from moisson_standalone.ports import Ports
from moisson_standalone.signed_in import SignedIn
from tests.flow.processes import Started
from tests.free_ports import free_ports

MODULES = {
    "api": "moisson_api",
    "scraper": "moisson_scraper",
    "normalizer": "moisson_normalizer",
    "viz-gateway": "moisson_viz_gateway",
}


class Form(StrEnum):
    """How the suite runs."""

    ONE_PROCESS = "one-process"
    """`moisson up`, on embedded engines."""
    EMBEDDED = "four-processes-embedded"
    SERVERS = "four-processes-servers"
    """On MongoDB and Elasticsearch."""


@dataclass
class Suite:
    """A running suite. In one process all names lead to the same process."""

    form: Form
    addresses: Addresses
    processes: dict[str, Started]
    settings: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of each service, where it is a process of its own."""

    def admin(self, http: httpx.AsyncClient) -> SignedIn:
        """The first admin, signed in at its first call. `http` is a peer client without a base address."""
        return SignedIn(http, self.addresses, email=ADMIN.email, password=ADMIN.password)


@contextmanager
def started_suite(
    form: Form, folder: Path, may_fetch: Sequence[str] = (), more: Mapping[str, str] | None = None
) -> Iterator[Suite]:
    """The suite, ready, with an admin. `may_fetch` are the `host:port` that the scraper may reach on loopback.

    `more` are environment variables beside those that it must have.

    At the end each process must stop in peace, and what was made on servers is removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        portal, api, scraper, normalizer = free_ports(4)
        ports = Ports(portal=portal, api=api, scraper=scraper, normalizer=normalizer)
        if form is Form.ONE_PROCESS:
            suite = _in_one_process(folder, ports, may_fetch, more or {})
        else:
            engines = _embedded(folder) if form is Form.EMBEDDED else stack.enter_context(_on_servers())
            suite = _in_four_processes(form, folder, ports, service_settings(ports, engines, may_fetch, more or {}))
        for process in dict.fromkeys(suite.processes.values()):
            stack.callback(process.stop)
            process.start()
        for process in dict.fromkeys(suite.processes.values()):
            process.wait_until_ready()
        if form is Form.ONE_PROCESS:
            _redeem_link(suite)
        yield suite


# One process.


def _in_one_process(folder: Path, ports: Ports, may_fetch: Sequence[str], more: Mapping[str, str]) -> Suite:
    command = [sys.executable, "-m", "moisson_standalone", "up", "--data", str(folder / "data")]
    for option, port in ports.by_option().items():
        command += [option, str(port)]
    addresses = ports.addresses()
    settings = {"MOISSON_SCRAPER_OUTBOUND_ALLOW": json.dumps(list(may_fetch)), **more}
    process = Started("moisson", command, settings, addresses.portal, folder)
    return Suite(Form.ONE_PROCESS, addresses, dict.fromkeys(MODULES, process))


def _redeem_link(suite: Suite) -> None:
    """Makes the admin as a person does: by the form behind the link that the first start printed."""
    log = suite.processes["api"].log.read_text(encoding="utf-8")
    link = next(line for line in log.splitlines() if "/first-admin?token=" in line)
    token = httpx.URL(link).params["token"]
    form = {"token": token, "email": ADMIN.email, "name": ADMIN.name, "password": ADMIN.password}
    with httpx.Client(trust_env=False) as client:
        answer = client.post(str(httpx.URL(link).copy_with(query=None)), data=form)
    assert answer.status_code == httpx.codes.CREATED, answer.text


# Four processes.


@dataclass(frozen=True)
class Engines:
    """Backend addresses: one document store per service, one index."""

    documents: Mapping[str, str]
    index: str


def _embedded(folder: Path) -> Engines:
    documents = {name: f"sqlite://{folder.absolute()}/{name}.sqlite" for name in MODULES}
    return Engines(documents, f"tantivy://{folder.absolute()}/index")


@contextmanager
def _on_servers() -> Iterator[Engines]:
    """Databases and indices of our own on the servers that the environment names; removed at the end."""
    mongo, elastic = server_address("MONGO_URL"), server_address("ELASTICSEARCH_URL")
    mark = f"flow-{uuid.uuid4().hex[:10]}"
    parts = urlsplit(mongo)
    databases = {name: f"{mark}-{name}" for name in MODULES}
    engines = Engines(
        {name: parts._replace(path=f"/{database}").geturl() for name, database in databases.items()},
        f"elasticsearch+{elastic.rstrip('/')}/{mark}",
    )
    try:
        yield engines
    finally:
        _remove(mongo, list(databases.values()), elastic, mark)


def server_address(variable: str) -> str:
    """What the environment says; a test that needs it fails, and says what to do, where it says nothing."""
    address = os.environ.get(variable)
    assert address, (
        f'{variable} is not set: run `make servers test-servers`, or eval "$(deploy/servers/up)" before pytest.'
    )
    return address


def _remove(mongo: str, databases: list[str], elastic: str, mark: str) -> None:
    from pymongo import MongoClient

    with MongoClient[dict[str, object]](mongo) as client:
        for database in databases:
            client.drop_database(database)
    with httpx.Client(base_url=elastic, trust_env=False, timeout=30) as http:
        names = [index["index"] for index in http.get("/_cat/indices?format=json&expand_wildcards=all").json()]
        for name in names:
            if name.startswith(mark):
                http.delete(f"/{name}").raise_for_status()


def _in_four_processes(form: Form, folder: Path, ports: Ports, settings: dict[str, dict[str, str]]) -> Suite:
    addresses = ports.addresses()
    urls = dict(zip(MODULES, (addresses.api, addresses.scraper, addresses.normalizer, addresses.portal), strict=True))
    processes = {
        name: Started(name, [sys.executable, "-m", module], settings[name], urls[name], folder)
        for name, module in MODULES.items()
    }
    made = subprocess.run(
        [sys.executable, "-m", "moisson_api", "create-admin", "--email", ADMIN.email, "--name", ADMIN.name],
        env=dict(os.environ) | settings["api"],
        input=ADMIN.password + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return Suite(form, addresses, processes, settings)


def service_settings(
    ports: Ports, engines: Engines, may_fetch: Sequence[str], more: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """The environment of each service: all that an operator has to say, and what a test adds."""
    addresses = ports.addresses()
    secrets = {name: uuid.uuid4().hex for name in ("scraper", "normalizer", "viz-gateway", "sessions", "keys")}
    own = {
        "api": {
            "PORT": str(ports.api),
            "SEARCH_URL": engines.index,
            "SCRAPER_SECRET": secrets["scraper"],
            "NORMALIZER_SECRET": secrets["normalizer"],
            "VIZ_GATEWAY_SECRET": secrets["viz-gateway"],
            "KEY_SECRET": secrets["keys"],
        },
        "scraper": {
            "PORT": str(ports.scraper),
            "CLIENT_SECRET": secrets["scraper"],
            "NORMALIZER_URL": addresses.normalizer,
            "OUTBOUND_ALLOW": json.dumps(list(may_fetch)),
        },
        "normalizer": {
            "PORT": str(ports.normalizer),
            "CLIENT_SECRET": secrets["normalizer"],
            "SCRAPER_URL": addresses.scraper,
            "SEARCH_URL": engines.index,
        },
        "viz-gateway": {
            "PORT": str(ports.portal),
            "API_URL": addresses.api,
            "SCRAPER_URL": addresses.scraper,
            "NORMALIZER_URL": addresses.normalizer,
            "SESSION_SECRET": secrets["sessions"],
        },
    }
    return {name: _environment(name, said, addresses.api, engines.documents[name], more) for name, said in own.items()}


def _environment(
    name: str, said: Mapping[str, str], issuer: str, documents: str, more: Mapping[str, str]
) -> dict[str, str]:
    prefix = f"MOISSON_{name.upper().replace('-', '_')}_"
    own = {prefix + variable: value for variable, value in said.items()}
    added = {variable: value for variable, value in more.items() if variable.startswith(prefix)}
    return own | {f"{prefix}ISSUER": issuer, f"{prefix}DOCUMENTS_URL": documents} | added
