"""The Dockerfile and the compose file against the services themselves: no container engine is there to try them."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml
from pydantic import SecretStr

from moisson_api.settings import ApiSettings
from moisson_normalizer.settings import NormalizerSettings
from moisson_scraper.settings import ScraperSettings
from moisson_shared.adapters.open_backends import open_queue
from moisson_shared.adapters.redis_queue import RedisQueue
from moisson_shared.web.app import create_service_app
from moisson_shared.web.settings import ServiceSettings, load_settings
from moisson_viz_gateway.settings import VizGatewaySettings
from tests.standalone.dockerfile import Stage, read_dockerfile, variables

ROOT = Path(__file__).parents[2]
SETTINGS: dict[str, type[ServiceSettings]] = {
    "api": ApiSettings,
    "scraper": ScraperSettings,
    "normalizer": NormalizerSettings,
    "viz-gateway": VizGatewaySettings,
}
WORKERS = {"scraper-worker": "scraper"}
"""Containers that do a service's work beside it."""
ENGINES = {"mongodb": 27017, "elasticsearch": 9200, "redis": 6379}
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))
STAGES = read_dockerfile((ROOT / "deploy/Dockerfile").read_text(encoding="utf-8"))


def port_of(service: str) -> int:
    default = SETTINGS[service].model_fields["port"].default
    assert isinstance(default, int)
    return default


def interpolated(value: str) -> str:
    """A variable of the operator's environment that is not set: its default."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


def environment(service: str) -> dict[str, str]:
    return {name: interpolated(str(value)) for name, value in COMPOSE["services"][service]["environment"].items()}


def secret_files(service: str) -> dict[str, str]:
    """The mounted path of each secret of a service, and the name of the secret."""
    return {f"/run/secrets/{name}": name for name in COMPOSE["services"][service]["secrets"]}


def settings_in_container(
    service: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **changes: str
) -> ServiceSettings:
    """The settings as the container's process would read them, with the secrets at another place."""
    given = {**variables(STAGES[service]), **environment(service), **changes}
    for path, name in secret_files(service).items():
        file = tmp_path / name
        file.write_text(f"secret of {name}\n", encoding="utf-8")
        given = {key: str(file) if value == path else value for key, value in given.items()}
    for key, value in given.items():
        monkeypatch.setenv(key, value)
    return load_settings(SETTINGS[service])


@pytest.mark.parametrize("service", SETTINGS)
def test_the_image_serves_on_the_services_port(service: str) -> None:
    stage = STAGES[service]
    port = port_of(service)
    assert stage.all("EXPOSE") == [str(port)]
    assert variables(stage)[SETTINGS[service].variable("host")] == "0.0.0.0"
    assert urlsplit(variables(stage)["HEALTH_URL"]).port == port
    (published,) = COMPOSE["services"][service]["ports"]
    assert published.rsplit(":", 2)[-2:] == [str(port), str(port)]


@pytest.mark.parametrize("service", SETTINGS)
def test_the_image_starts_the_services_own_command(service: str) -> None:
    (command,) = json.loads(STAGES[service].all("CMD")[0])
    project = tomllib.loads((ROOT / "services" / service / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert command in project["scripts"]


@pytest.mark.parametrize("service", SETTINGS)
async def test_the_health_check_asks_what_the_service_answers(service: str) -> None:
    runtime = STAGES[STAGES[service].parent]
    (check,) = runtime.all("HEALTHCHECK")
    assert "HEALTH_URL" in check
    app = create_service_app(service, ServiceSettings(demo=True), verifier=None, routers=[])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        response = await client.get(variables(STAGES[service])["HEALTH_URL"])
    assert response.status_code == 200


def test_the_health_checks_program_fails_when_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    (check,) = STAGES["runtime"].all("HEALTHCHECK")
    command = json.loads(check[check.index("[") :])
    assert command[:2] == ["python", "-c"]
    monkeypatch.setenv("HEALTH_URL", "http://127.0.0.1:9/healthz")
    with pytest.raises(OSError, match="refused"):
        exec(compile(command[2], "HEALTHCHECK", "exec"), {})


@pytest.mark.parametrize(("worker", "service"), WORKERS.items())
def test_a_worker_is_the_service_with_another_command_and_no_port(worker: str, service: str) -> None:
    given, served = dict(COMPOSE["services"][worker]), dict(COMPOSE["services"][service])
    command, *_ = given.pop("command")
    assert [command] == json.loads(STAGES[service].all("CMD")[0])
    del served["ports"]
    assert given == served


@pytest.mark.parametrize("service", WORKERS.values())
async def test_a_service_that_has_workers_shares_its_queue_with_them(service: str) -> None:
    queue = open_queue(environment(service)[SETTINGS[service].variable("queue_url")])
    assert type(queue) is RedisQueue
    await queue.close()


def test_no_image_runs_as_root() -> None:
    (user,) = STAGES["runtime"].all("USER")
    assert not user.startswith(("0", "root"))
    for service in SETTINGS:
        assert STAGES[service].parent == "runtime"
        assert STAGES[service].all("USER") == []


def test_the_build_copies_what_there_is_and_builds_what_is_needed() -> None:
    build: Stage = STAGES["build"]
    ignored = (ROOT / "deploy/Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    for arguments in build.all("COPY"):
        *sources, _ = arguments.split()
        for source in sources:
            assert (ROOT / source).exists(), source
            assert f"!{source.partition('/')[0]}" in ignored
    run = " ".join(build.all("RUN"))
    for distribution in ("./shared", *(f"./services/{service}" for service in SETTINGS)):
        assert distribution in run.split()
    assert "services/viz-gateway/build_front_end.py" in run
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "front-end" in project["dependency-groups"]
    assert variables(build)["PIP_CONSTRAINT"] == "/build/constraints.txt"
    for stage in (build, STAGES["runtime"]):
        version = re.match(r"python:(\d+)\.(\d+)-", stage.parent)
        assert version is not None
        assert (int(version[1]), int(version[2])) >= (3, 11)


@pytest.mark.parametrize("service", SETTINGS)
def test_every_variable_is_a_setting(service: str) -> None:
    settings = SETTINGS[service]
    fields = {settings.variable(name): field for name, field in settings.model_fields.items()}
    for variable in {**variables(STAGES[service]), **environment(service)}:
        if variable == "HEALTH_URL":
            continue
        plain = variable.removesuffix("_FILE")
        assert plain in fields
        assert variable == plain or "SecretStr" in str(fields[plain].annotation)


@pytest.mark.parametrize("service", SETTINGS)
def test_the_settings_are_complete_without_the_demo(
    service: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = settings_in_container(service, monkeypatch, tmp_path)
    assert not settings.demo
    assert settings.port == port_of(service)
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr) and value.get_secret_value():
            assert value.get_secret_value().startswith("secret of ")


@pytest.mark.parametrize("service", SETTINGS)
def test_addresses_lead_to_services_of_the_compose_file(service: str) -> None:
    ports = {**{name: port_of(name) for name in SETTINGS}, **ENGINES}
    for variable, value in environment(service).items():
        if "://" not in value or variable.endswith("PUBLIC_URL"):
            continue
        address = urlsplit(value)
        assert address.hostname is not None
        assert ports[address.hostname] == address.port, variable
        neighbour = COMPOSE["services"][address.hostname]
        assert set(neighbour["networks"]) & set(COMPOSE["services"][service]["networks"])
        if address.hostname in ENGINES:
            assert address.hostname in COMPOSE["services"][service]["depends_on"]
        if address.hostname in SETTINGS and variable != SETTINGS[service].variable("issuer"):
            assert variable == SETTINGS[service].variable(f"{address.hostname.replace('-', '_')}_url")


def test_every_service_has_a_database_of_its_own_and_one_index() -> None:
    documents = [environment(service)[SETTINGS[service].variable("documents_url")] for service in SETTINGS]
    assert len(set(documents)) == len(SETTINGS)
    assert all(url.startswith("mongodb://mongodb:27017/moisson-") and "replicaSet=rs0" in url for url in documents)
    written = environment("normalizer")["MOISSON_NORMALIZER_SEARCH_URL"]
    assert written == environment("api")["MOISSON_API_SEARCH_URL"]
    assert written.startswith("elasticsearch+http://elasticsearch:9200/")


def test_issuer_and_secrets_are_the_same_on_both_sides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    read = {service: settings_in_container(service, monkeypatch, tmp_path) for service in SETTINGS}
    api = read["api"]
    assert isinstance(api, ApiSettings)
    for service in ("scraper", "normalizer"):
        assert read[service].issuer == api.issuer
        assert urlsplit(read[service].keys_url).hostname == "api"
        expected = api.service_clients()[read[service].client_id].secret
        assert read[service].client_secret.get_secret_value() == expected.get_secret_value()


def test_secrets_are_files_that_git_ignores() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "/deploy/secrets/" in ignored
    used = {name for service in SETTINGS for name in COMPOSE["services"][service]["secrets"]}
    assert used == set(COMPOSE["secrets"])
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"secrets/{name}"}
    readme = (ROOT / "deploy/README.md").read_text(encoding="utf-8")
    (made,) = re.findall(r"for name in ([a-z -]+); do", readme)
    assert set(made.split()) == used


def test_whatever_is_waited_for_can_become_healthy() -> None:
    services = COMPOSE["services"]
    for service in SETTINGS:
        for name, wanted in services[service]["depends_on"].items():
            assert wanted == {"condition": "service_healthy"}
            assert services[name]["healthcheck"]["test"][0] == "CMD"
    for engine in ENGINES:
        assert services[engine]["image"].partition(":")[2] not in {"", "latest"}
        assert services[engine]["healthcheck"]["retries"] > 0
    assert "rs0" in services["mongodb"]["command"]
    assert "rs.initiate" in services["mongodb"]["healthcheck"]["test"][-1]


def test_the_search_server_is_of_the_clients_minor_version() -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    client = re.search(r"^elasticsearch==(\d+\.\d+)\.", pins, re.MULTILINE)
    assert client is not None
    assert COMPOSE["services"]["elasticsearch"]["image"].startswith(f"elasticsearch:{client[1]}.")


def test_engines_have_no_way_out_and_services_keep_to_themselves() -> None:
    assert COMPOSE["networks"]["engines"]["internal"] is True
    for engine in ENGINES:
        assert COMPOSE["services"][engine]["networks"] == ["engines"]
        assert "ports" not in COMPOSE["services"][engine]
    for service in SETTINGS:
        assert COMPOSE["services"][service]["read_only"] is True
        assert COMPOSE["services"][service]["cap_drop"] == ["ALL"]
