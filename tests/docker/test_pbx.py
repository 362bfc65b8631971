"""The PBX as a system under test: its configuration hangs together, and its test script can fail.

That Asterisk takes this configuration and passes the script was seen once, with Asterisk 22: Debian
has no package of it that could be run here each time.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docker.dockerfile import DOCKER
from tests.docker.test_compose import services
from tests.serving import Serve

PBX = DOCKER / "pbx"
STAND_IN = """
scenario: stand-in
rules:
  - match: {method: INVITE, uri.user: "603"}
    respond: 403
  - match: {method: INVITE, uri.user: "5550100"}
    respond: 200
  - match: {method: INVITE, uri.user: "5550101"}
    respond: 486
"""
"""What a PBX does that keeps all its promises."""

_SECTION = re.compile(r"^\[([\w-]+)\](?:\((!|[\w-]+)\))?$")


def sections() -> list[tuple[str, dict[str, str]]]:
    """Return the sections of pjsip.conf, each with what it takes from its template."""
    templates: dict[str, dict[str, str]] = {}
    found: list[tuple[str, dict[str, str]]] = []
    for line in (PBX / "asterisk" / "pjsip.conf").read_text().splitlines():
        text = line.partition(";")[0].strip()
        if header := _SECTION.match(text):
            values: dict[str, str] = dict(templates.get(header[2] or "", {}))
            if header[2] == "!":
                templates[header[1]] = values
            else:
                found.append((header[1], values))
        elif text:
            name, _, value = text.partition("=")
            values[name.strip()] = value.strip()
    return found


def of_type(kind: str) -> dict[str, dict[str, str]]:
    return {name: values for name, values in sections() if values["type"] == kind}


def test_endpoints_refer_to_what_is_there() -> None:
    dialplan = (PBX / "asterisk" / "extensions.conf").read_text()
    assert set(of_type("endpoint")) == {"1000", "carrier-a", "carrier-b"}
    for endpoint in of_type("endpoint").values():
        assert endpoint["aors"] in of_type("aor")
        assert endpoint.get("auth", "1000") in of_type("auth")
        assert f"[{endpoint['context']}]\n" in dialplan


def test_carriers_are_services() -> None:
    hosts = services(PBX / "compose.yaml").keys()
    for aor in of_type("aor").values():
        if "contact" in aor:
            assert aor["contact"].removeprefix("sip:").removesuffix(":5060") in hosts
    for identify in of_type("identify").values():
        assert identify["match"] in hosts
        assert identify["endpoint"] in of_type("endpoint")


def test_the_dialplan_dials_endpoints() -> None:
    dialplan = (PBX / "asterisk" / "extensions.conf").read_text()
    dialled = re.findall(r"Dial\(PJSIP/\$\{EXTEN\}@([\w-]+)", dialplan)
    assert dialled == ["carrier-a", "carrier-b"]
    assert set(dialled) < set(of_type("endpoint"))


def test_the_script_signs_in_as_the_phone() -> None:
    [(_, phone)] = of_type("auth").items()
    words = f"--user {phone['username']} --password {phone['password']}"
    assert words in (PBX / "test.sh").read_text()


@pytest.mark.parametrize("carrier", ["carrier-a", "carrier-b"])
def test_the_scenarios_of_the_carriers_can_be_used(carrier: str) -> None:
    check = [sys.executable, "-m", "responder", "check", str(PBX / carrier)]
    done = subprocess.run(check, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(" rules, no errors\n")


@pytest.mark.parametrize(
    ("scenario", "failed"),
    [(STAND_IN, []), (STAND_IN.replace("respond: 200", "respond: 503"), ["5550100 200"])],
    ids=["kept", "broken"],
)
def test_the_script_tells_whether_the_promises_are_kept(
    serve: Serve, tmp_path: Path, scenario: str, failed: list[str]
) -> None:
    file = tmp_path / "stand-in.yaml"
    file.write_text(scenario)
    programs = tmp_path / "bin"
    programs.mkdir()
    responder = programs / "responder"
    responder.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m responder "$@"\n')
    responder.chmod(0o755)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment["PATH"] = f"{programs}:{environment['PATH']}"
    environment["PBX"] = f"127.0.0.1:{serve(str(file)).port()}"
    done = subprocess.run(
        ["sh", PBX / "test.sh"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = done.stdout.splitlines()
    assert [line[8:].partition("  ")[0] for line in said if line.startswith("FAILED")] == failed
    assert sum(line.startswith("ok ") for line in said) == 6 - len(failed)
    assert done.returncode == len(failed)
