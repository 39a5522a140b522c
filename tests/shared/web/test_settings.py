"""Settings come from the environment, and bad ones are refused in sentences."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict

from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.web.settings import DEMO_SECRET, ServiceSettings, load_settings, opened

GOOD_SECRET = "0f4f2f5f6d0c4f62"


class HarvestSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="MOISSON_HARVEST_")

    port: int = 8101
    most_runs: int = 4
    signing_secret: SecretStr
    targets: tuple[str, ...] = ()


class IssuerSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="MOISSON_ISSUER_")

    client_secret: SecretStr = SecretStr("")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("MOISSON_HARVEST_CLIENT_SECRET", GOOD_SECRET)
    monkeypatch.setenv("MOISSON_HARVEST_SIGNING_SECRET", GOOD_SECRET)
    return monkeypatch


def refusal(capsys: pytest.CaptureFixture[str], settings: type[ServiceSettings] = HarvestSettings) -> list[str]:
    with pytest.raises(SystemExit) as end:
        load_settings(settings)
    assert end.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    return said.err.splitlines()


def test_variables_are_read_with_the_services_prefix(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("MOISSON_HARVEST_PORT", "9000")
    environment.setenv("MOISSON_HARVEST_DEMO", "true")
    environment.setenv("MOISSON_HARVEST_TARGETS", '["127.0.0.1:1"]')
    environment.setenv("MOISSON_OTHER_PORT", "1")
    settings = load_settings(HarvestSettings)
    assert (settings.port, settings.demo, settings.targets) == (9000, True, ("127.0.0.1:1",))
    assert settings.client_secret.get_secret_value() == GOOD_SECRET
    assert GOOD_SECRET not in repr(settings)
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc] # that is the point


def test_keys_are_below_the_issuer_unless_told(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("MOISSON_HARVEST_ISSUER", "http://api.test/")
    assert load_settings(HarvestSettings).keys_url == "http://api.test/.well-known/jwks.json"
    environment.setenv("MOISSON_HARVEST_JWKS_URL", "http://inside.test/keys")
    assert load_settings(HarvestSettings).keys_url == "http://inside.test/keys"


def test_a_default_secret_starts_in_the_demo_only(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.delenv("MOISSON_HARVEST_CLIENT_SECRET")
    (sentence,) = refusal(capsys)
    assert "MOISSON_HARVEST_CLIENT_SECRET" in sentence
    assert "MOISSON_HARVEST_DEMO" in sentence
    environment.setenv("MOISSON_HARVEST_CLIENT_SECRET", DEMO_SECRET)
    refusal(capsys)
    environment.setenv("MOISSON_HARVEST_DEMO", "true")
    assert load_settings(HarvestSettings).client_secret.get_secret_value() == DEMO_SECRET


def test_an_empty_secret_is_none(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    environment.setenv("MOISSON_HARVEST_SIGNING_SECRET", "")
    environment.setenv("MOISSON_HARVEST_DEMO", "true")
    (sentence,) = refusal(capsys)
    assert "MOISSON_HARVEST_SIGNING_SECRET is empty" in sentence


def test_a_secret_without_use_needs_none() -> None:
    assert load_settings(IssuerSettings).client_secret.get_secret_value() == ""


def test_every_bad_variable_has_a_sentence(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    environment.delenv("MOISSON_HARVEST_SIGNING_SECRET")
    environment.setenv("MOISSON_HARVEST_PORT", "many")
    environment.setenv("MOISSON_HARVEST_LOG_LEVEL", "loud")
    sentences = refusal(capsys)
    assert len(sentences) == 3
    assert any(line.startswith("MOISSON_HARVEST_PORT='many':") for line in sentences)
    assert any(line.startswith("MOISSON_HARVEST_LOG_LEVEL='loud':") for line in sentences)
    assert "MOISSON_HARVEST_SIGNING_SECRET is not set" in sentences


def test_a_slip_of_the_pen_is_noticed(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    environment.setenv("MOISSON_HARVEST_PROT", "9000")
    (sentence,) = refusal(capsys)
    assert "MOISSON_HARVEST_PROT" in sentence
    assert "did you mean MOISSON_HARVEST_PORT?" in sentence


def test_broken_json_is_a_sentence_too(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    environment.setenv("MOISSON_HARVEST_TARGETS", "[broken")
    (sentence,) = refusal(capsys)
    assert sentence == "MOISSON_HARVEST_TARGETS must be JSON, such as [1, 2]"


def test_secrets_come_from_files_as_container_engines_give_them(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text(" from a file \n", encoding="utf-8")
    environment.setenv("MOISSON_HARVEST_SIGNING_SECRET_FILE", str(file))
    (sentence,) = refusal(capsys)
    assert "both given" in sentence
    environment.delenv("MOISSON_HARVEST_SIGNING_SECRET")
    assert load_settings(HarvestSettings).signing_secret.get_secret_value() == " from a file "
    environment.setenv("MOISSON_HARVEST_SIGNING_SECRET_FILE", str(tmp_path / "absent"))
    (sentence,) = refusal(capsys)
    assert "cannot be read" in sentence


def test_a_backend_that_is_not_understood_is_told_by_its_variable(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for value, said in (("", "is not set"), ("mysql://db/x", "mysql")):
        environment.setenv("MOISSON_HARVEST_DOCUMENTS_URL", value)
        with pytest.raises(SystemExit) as end:
            opened(load_settings(HarvestSettings), "documents_url", open_documents)
        assert end.value.code == 2
        sentence = capsys.readouterr().err
        assert sentence.startswith("MOISSON_HARVEST_DOCUMENTS_URL")
        assert said in sentence
    environment.setenv("MOISSON_HARVEST_DOCUMENTS_URL", f"sqlite://{tmp_path}/a.sqlite")
    assert opened(load_settings(HarvestSettings), "documents_url", open_documents) is not None
