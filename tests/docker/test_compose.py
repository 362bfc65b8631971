"""The compose files: valid, and true to what they refer to."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests import peers
from tests.docker import commands, dockerfile
from tests.docker.dockerfile import DOCKER, Stage
from tests.pages import ROOT

FILES = (DOCKER / "compose.yaml", DOCKER / "pbx" / "compose.yaml")
RESPONDER = DOCKER / "Dockerfile"

_DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")


def services(file: Path) -> dict[str, Any]:
    """Return the services of a file, its variables as they are where nothing sets them."""
    text = _DEFAULT.sub(r"\1", file.read_text(encoding="utf-8"))
    document = YAML(typ="safe").load(text)
    found: dict[str, Any] = document["services"]
    return found


EACH = [
    pytest.param(file, name, service, id=f"{file.parent.name}-{name}")
    for file in FILES
    for name, service in services(file).items()
]
each_service = pytest.mark.parametrize(("file", "name", "service"), EACH)


def built_by(file: Path, service: dict[str, Any]) -> Path | None:
    """Return the Dockerfile of a service; None for one that is taken as it is published."""
    build = service.get("build")
    if build is None:
        return None
    if isinstance(build, str):
        return (file.parent / build / "Dockerfile").resolve()
    context: Path = file.parent / build["context"]
    assert context.resolve() == ROOT
    return context.resolve() / str(build["dockerfile"])


def image_of(file: Path, service: dict[str, Any]) -> Stage | None:
    built = built_by(file, service)
    return None if built is None else dockerfile.read(built)[-1]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_compose_takes_it(file: Path, tmp_path: Path) -> None:
    peers.run([peers.find("docker-compose"), "-f", file, "config", "--quiet"], tmp_path, 60.0)


@each_service
def test_it_is_built_or_has_a_version(file: Path, name: str, service: dict[str, Any]) -> None:
    del name
    built = built_by(file, service)
    if built is None:
        assert re.search(r":v?\d+\.\d+\.\d+$", service["image"])
    else:
        assert built.exists()


@each_service
def test_what_is_mounted_exists(file: Path, name: str, service: dict[str, Any]) -> None:
    del name
    for volume in service.get("volumes", []):
        source, _, rest = volume.partition(":")
        assert rest.endswith(":ro")
        assert (file.parent / source).exists(), source


def test_secrets_are_files_that_exist() -> None:
    text = _DEFAULT.sub(r"\1", FILES[0].read_text(encoding="utf-8"))
    secrets = YAML(typ="safe").load(text)["secrets"]
    named = {name for each in services(FILES[0]).values() for name in each.get("secrets", [])}
    assert secrets.keys() == named
    assert all((DOCKER / secret["file"]).read_text().strip() for secret in secrets.values())


@each_service
def test_ports_are_those_of_the_image(file: Path, name: str, service: dict[str, Any]) -> None:
    del name
    image = image_of(file, service)
    for port in service.get("ports", []) if image is not None else []:
        number, _, protocol = port.rpartition(":")[2].partition("/")
        assert image is not None
        assert f"{number}/{protocol or 'tcp'}" in image.one("EXPOSE").text.split()


@each_service
def test_who_is_waited_for_has_a_health_check(
    file: Path, name: str, service: dict[str, Any]
) -> None:
    del name
    depends = service.get("depends_on", {})
    for other in depends:
        waited_for = services(file)[other]
        healthy = isinstance(depends, dict) and depends[other]["condition"] == "service_healthy"
        image = image_of(file, waited_for)
        if healthy and "healthcheck" not in waited_for:
            assert image is not None
            assert image.healthcheck()


@each_service
def test_the_responder_understands_what_it_is_told(
    file: Path, name: str, service: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    del name
    if built_by(file, service) != RESPONDER:
        return
    image = image_of(file, service)
    assert image is not None
    settings = image.settings() | service.get("environment", {})
    own = {key: value for key, value in settings.items() if key.startswith("RESPONDER_")}
    assert own.keys() <= commands.variables()
    for key, value in own.items():
        # A secret is there in a container only.
        monkeypatch.setenv(key, value.removeprefix("@"))
    if "entrypoint" not in service:
        commands.read(service.get("command") or image.one("CMD").words())
    if "healthcheck" in service:
        kind, program, *words = service["healthcheck"]["test"]
        assert (kind, program) == ("CMD", "responder")
        assert commands.read(words).params["keep_alive"] is True


@pytest.mark.parametrize("name", ["responder", "kamailio"])
def test_what_faces_callers_has_no_rights_that_it_does_not_need(name: str) -> None:
    service = services(FILES[0])[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_prometheus_asks_the_responder_with_its_token() -> None:
    """The file is given to Prometheus under the path that its configuration names."""
    [job] = YAML(typ="safe").load(DOCKER / "prometheus.yml")["scrape_configs"]
    responder = services(FILES[0])["responder"]
    image = image_of(FILES[0], responder)
    assert image is not None
    port = image.settings()["RESPONDER_HTTP"].rpartition(":")[2]
    assert job["static_configs"][0]["targets"] == [f"responder:{port}"]
    [secret] = services(FILES[0])["prometheus"]["secrets"]
    assert job["authorization"]["credentials_file"] == f"/run/secrets/{secret}"
    assert responder["environment"]["RESPONDER_HTTP_TOKEN"] == f"@/run/secrets/{secret}"
