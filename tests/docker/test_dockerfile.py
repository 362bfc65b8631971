"""The Dockerfiles: clean to a linter, safe by default, and true to the command line."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from responder import __version__
from tests.docker import commands, dockerfile
from tests.docker.dockerfile import DOCKER, Stage
from tests.pages import PAGES, ROOT, code

FILES = sorted(DOCKER.rglob("Dockerfile"))
BUILD, FINAL = dockerfile.read(DOCKER / "Dockerfile")


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(DOCKER)))
def test_the_linter_finds_nothing(file: Path) -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, file], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout + done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(DOCKER)))
def test_nothing_runs_as_root_or_under_a_shell(file: Path) -> None:
    stage = dockerfile.read(file)[-1]
    assert stage.all("USER")[-1].text.split(":")[0] not in {"root", "0"}
    assert stage.one("ENTRYPOINT").words()
    assert stage.healthcheck()


def test_an_orchestrator_sees_that_it_is_not_root() -> None:
    user, _, group = FINAL.one("USER").text.partition(":")
    assert int(user) > 999
    assert int(group) > 999


def test_both_stages_have_the_base_that_is_asked_for() -> None:
    assert {BUILD.base, FINAL.base} == {"${BASE}"}


def test_what_is_copied_goes_into_the_build() -> None:
    """All else stays out: .dockerignore leaves out everything, and names what does not stay out."""
    patterns = (ROOT / ".dockerignore").read_text().split("\n")
    assert patterns[1] == "*"
    let_in = {pattern[1:] for pattern in patterns if pattern.startswith("!")}
    copied = set()
    for stage in (BUILD, FINAL):
        for copy in stage.all("COPY"):
            if not copy.flags:
                copied |= set(copy.text.split()[:-1])
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)


def test_what_the_package_is_built_of_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    copied = " ".join(copy.text for copy in BUILD.all("COPY")).split()
    wanted = {project["project"]["readme"], *project["project"]["license-files"]}
    wanted |= set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert wanted < set(copied)


def test_labels() -> None:
    labels = FINAL.settings("LABEL")
    arguments = FINAL.settings("ARG")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    prefix = "org.opencontainers.image."
    assert labels[f"{prefix}title"] == project["name"]
    assert labels[f"{prefix}description"] == project["description"]
    assert labels[f"{prefix}licenses"] == project["license"]
    assert labels[f"{prefix}version"] == "${VERSION}"
    assert labels[f"{prefix}revision"] == "${REVISION}"
    assert arguments == {"VERSION": __version__, "REVISION": ""}


def test_what_it_runs_is_a_command_of_the_responder(monkeypatch: pytest.MonkeyPatch) -> None:
    assert FINAL.one("ENTRYPOINT").words() == ["responder"]
    for name, value in own_settings(FINAL).items():
        monkeypatch.setenv(name, value)
    serve = commands.read(FINAL.one("CMD").words())
    assert serve.params["scenarios"] == (Path("/scenarios"),)
    program, *check = FINAL.healthcheck()
    ready = commands.read(check)
    assert program == "responder"
    assert ready.params["keep_alive"] is True
    assert ready.params["port_file"] == serve.params["port_file"]
    allowed = next(flag for flag in FINAL.one("HEALTHCHECK").flags if flag.startswith("timeout="))
    assert ready.params["timeout"] < float(allowed[len("timeout=") : -1])


def own_settings(stage: Stage) -> dict[str, str]:
    """Return what a stage sets of the responder's own variables."""
    return {k: v for k, v in stage.settings().items() if k.startswith("RESPONDER_")}


def test_every_variable_is_one_that_is_read() -> None:
    assert own_settings(FINAL).keys() <= commands.variables()


def test_what_is_exposed_is_what_is_listened_on() -> None:
    exposed = set(FINAL.one("EXPOSE").text.split())
    settings = own_settings(FINAL)
    web = settings["RESPONDER_HTTP"].rpartition(":")[2]
    media = settings["RESPONDER_MEDIA_PORTS"]
    assert exposed == {"5060/udp", "5060/tcp", f"{web}/tcp", f"{media}/udp"}


def test_nothing_is_written_but_where_a_read_only_container_can_be_written_to() -> None:
    files = [value for name, value in own_settings(FINAL).items() if name.endswith("_FILE")]
    assert files
    assert all(file.startswith("/dev/shm/") for file in files)


def test_the_page_tells_what_the_image_sets() -> None:
    rows = PAGES["docs/docker.md"].table("variable", "value in the image", "why")
    assert {code(row[0])[0]: code(row[1])[0] for row in rows} == own_settings(FINAL)


def test_the_page_tells_every_build_argument() -> None:
    rows = PAGES["docs/docker.md"].table("build argument", "default", "what it does")
    told = {name for row in rows for name in code(row[0])}
    declared = BUILD.settings("ARG").keys() | FINAL.settings("ARG").keys() | {"BASE"}
    assert told == declared
    assert f"ARG BASE={code(rows[0][1])[0]}\n" in (DOCKER / "Dockerfile").read_text()
