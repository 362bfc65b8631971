"""baresip without a sound card or a screen dials the responder."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interop.answerer import Answerer
from tests.interop.child import Child
from tests.interop.conftest import each_host, on_ipv4
from tests.serving import Serving

# cons and stdio are left out: what it does comes from the command line, and it writes to stdout.
CONFIG = """\
net_interface {host}
sip_listen {listen}:0
rtp_ports 40000-49998
module_path {modules}
module g711.so
module_tmp account.so
module_app menu.so
"""


def modules() -> Path:
    """Return where Debian keeps baresip's modules."""
    places = [Path("/usr/lib/baresip/modules"), *Path("/usr/lib").glob("*/baresip/modules")]
    return next(place for place in places if place.is_dir())


@pytest.fixture
def dial(
    peer: Callable[[str], Path], host: str, tmp_path: Path
) -> Iterator[Callable[[str], Child]]:
    """Start a baresip that dials one URI as soon as it is ready."""
    program = peer("baresip")
    home = tmp_path / "baresip"
    home.mkdir()
    (home / "config").write_text(
        CONFIG.format(host=host.strip("[]"), listen=host, modules=modules())
    )
    (home / "accounts").write_text(f"<sip:alice@{host}>;regint=0\n")
    (home / "contacts").touch()
    running: list[Child] = []

    def start(uri: str) -> Child:
        command: list[str | Path] = [
            program,
            "-6" if host.startswith("[") else "-4",
            "-s",
            "-f",
            home,
            "-t",
            "30",
            "-e",
            f"/dial {uri}",
        ]
        running.append(Child(command, tmp_path, {**os.environ, "HOME": str(home)}))
        return running[-1]

    yield start
    for child in running:
        with child:
            pass


def statuses(trace: str) -> list[str]:
    """Return status and method of each response that baresip shows."""
    found = re.findall(r"^SIP/2\.0 (\d{3}) .*?^CSeq: \d+ (\w+)$", trace, re.DOTALL | re.MULTILINE)
    return [f"{status} {method}" for status, method in found]


@each_host
@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(("user", "phrase"), [("486", "Busy Here"), ("404", "Not Found")])
def test_a_refusal_is_what_baresip_shows(
    serving_at: Serving,
    dial: Callable[[str], Child],
    host: str,
    transport: str,
    user: str,
    phrase: str,
) -> None:
    baresip = dial(f"sip:{user}@{host}:{serving_at.port(transport)};transport={transport}")
    baresip.wait_for(f"session closed: {user} {phrase}")
    baresip.stop()
    assert statuses(baresip.read()) == ["100 INVITE", f"{user} INVITE"]


@each_host
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_an_answered_call_is_hung_up(
    serving_at: Serving, dial: Callable[[str], Child], host: str, transport: str
) -> None:
    """baresip takes the SDP of the answer for the start of its audio, and hangs up as it ends."""
    baresip = dial(f"sip:180-200@{host}:{serving_at.port(transport)};transport={transport}")
    baresip.wait_for("Call established")
    baresip.stop()
    assert "Set audio encoder: PCMU 8000Hz" in baresip.read()
    assert statuses(baresip.read()) == ["100 INVITE", "180 INVITE", "200 INVITE", "200 BYE"]


@on_ipv4
@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("user", "seen", "calls", "correct"),
    [
        ("486", "session closed: 486", 1, {"ack"}),
        ("180-200", "Call established", 1, {"ack", "bye", "after-bye", "route-set"}),
        ("late", "Call established", 1, {"timer-a", "ack", "bye"}),
        ("302", "Call established", 2, {"redirect", "ack", "bye"}),
        ("180", "180 Ringing", 1, {"cancel", "ack"}),
    ],
    ids=["486", "180-200", "late", "302", "180"],
)
def test_baresip_is_judged_correct(
    answerer: Answerer,
    dial: Callable[[str], Child],
    host: str,
    transport: str,
    user: str,
    seen: str,
    calls: int,
    correct: set[str],
) -> None:
    baresip = dial(f"sip:{user}@{host}:{answerer.port(transport)};transport={transport}")
    baresip.wait_for(seen)
    baresip.stop()
    answerer.wait_for(calls)
    always = {"tags", "cseq", "branch", "via", "max-forwards", "contact", "content-length"}
    assert answerer.faults() == {}
    assert answerer.correct() >= correct | always
