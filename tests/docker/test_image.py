"""The image itself: built, started, called, stopped.

It takes minutes to build, so that these tests run only where one was: `.ci/image` builds it and
names it in ``RESPONDER_TEST_IMAGE``.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker.engine import made
from tests.docker.image import Container, Steps
from tests.probing import probe

IMAGE = os.environ.get("RESPONDER_TEST_IMAGE", "")
STEPS = "steps"
"""In place of an image's name: the steps of the Dockerfile are run in a directory."""

SCENARIO = """
scenario: mounted
rules:
  - match: {method: INVITE, uri.user: "486"}
    respond: {status: 600, reason: Mounted}
"""

pytestmark = [
    pytest.mark.skipif(not IMAGE, reason="no image is built here (.ci/image builds one)"),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container | Steps]:
    if IMAGE == STEPS:
        yield Steps(tmp_path_factory.mktemp("steps"))
        return
    engine = made("responder")
    try:
        container = Container(IMAGE, engine)
        yield container
        container.remove()
    finally:
        engine.close()


@pytest.fixture
def container(built: Container | Steps) -> Iterator[Container | Steps]:
    yield built
    built.kill()


def test_it_starts_is_healthy_takes_a_call_and_ends_by_a_signal(
    container: Container | Steps,
) -> None:
    container.start()
    call = probe(f"sip:180-486@{container.dial}", before=container.before)
    assert [status for status, _ in call.heard()] == [100, 180, 486]
    assert container.health() == 0
    assert container.stop() == 0


def test_scenarios_are_mounted(container: Container | Steps, tmp_path: Path) -> None:
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    (scenarios / "mounted.yaml").write_text(SCENARIO)
    for place in (tmp_path, scenarios):
        place.chmod(0o755)
    container.start(scenarios=scenarios)
    call = probe(f"sip:486@{container.dial}", before=container.before)
    assert (call.result["status"], call.result["reason"]) == (600, "Mounted")
    assert container.stop() == 0


def test_it_can_do_nothing_that_it_need_not(container: Container | Steps) -> None:
    if isinstance(container, Steps):
        pytest.skip("there is no container, only the steps that one is built by")
    container.start()
    status = Path(f"/proc/{container.first}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines())
    assert set(fields["Uid"].split()) == {"5060"}
    assert set(fields["Gid"].split()) == {"5060"}
    assert int(fields["CapEff"], 16) == int(fields["CapBnd"], 16) == 0
    assert fields["NSpid"].split()[-1] == "1"
    for place in ("/", "/scenarios", "/opt/responder", "/tmp"):
        assert container.inside("test", "-w", place).returncode == 1
    assert container.inside("touch", "/dev/shm/here").returncode == 0


def test_what_is_in_it(container: Container | Steps) -> None:
    if isinstance(container, Steps):
        pytest.skip("there is no container, only the steps that one is built by")
    container.start()
    checked = container.inside("responder", "check", "/library")
    assert checked.stdout.endswith(" rules, no errors\n"), checked.stdout + checked.stderr
    assert container.inside("id", "-un").stdout == "responder\n"
    for tool in ("gcc", "/opt/responder/bin/pip"):
        assert container.inside("sh", "-c", f"command -v {tool}").returncode != 0
