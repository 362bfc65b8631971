"""baresip without a sound card or a screen dials the responder, and registers with it."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.interop.answerer import Answerer
from tests.interop.child import Child
from tests.interop.conftest import each_host, on_ipv4
from tests.scenario.scenarios import compiled
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


Start: TypeAlias = Callable[..., Child]
"""Starts a baresip with an account, and with further words on its command line."""


@pytest.fixture
def start(peer: Callable[[str], Path], host: str, tmp_path: Path) -> Iterator[Start]:
    program = peer("baresip")
    home = tmp_path / "baresip"
    home.mkdir()
    (home / "config").write_text(
        CONFIG.format(host=host.strip("[]"), listen=host, modules=modules())
    )
    (home / "contacts").touch()
    running: list[Child] = []

    def start_one(account: str, *words: str) -> Child:
        (home / "accounts").write_text(account + "\n")
        version = "-6" if host.startswith("[") else "-4"
        command: list[str | Path] = [program, version, "-s", "-f", home, "-t", "30", *words]
        running.append(Child(command, tmp_path, {**os.environ, "HOME": str(home)}))
        return running[-1]

    yield start_one
    for child in running:
        with child:
            pass


@pytest.fixture
def dial(start: Start, host: str) -> Callable[[str], Child]:
    """Start a baresip that dials one URI as soon as it is ready."""
    return lambda uri: start(f"<sip:alice@{host}>;regint=0", "-e", f"/dial {uri}")


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


def account(
    serving: Serving, transport: str, password: str, user: str = "alice", interval: int = 0
) -> str:
    """Return the line of an account; with an interval it registers, and again in time."""
    server = f"127.0.0.1:{serving.port(transport)};transport={transport}"
    return f"<sip:{user}@{server}>;auth_user=alice;auth_pass={password};regint={interval}"


@on_ipv4
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_registering_with_the_right_password(
    guarded: Serving, start: Start, transport: str
) -> None:
    baresip = start(account(guarded, transport, "secret", interval=600))
    baresip.wait_for("200 OK")
    baresip.stop()
    assert statuses(baresip.read())[:2] == ["401 REGISTER", "200 REGISTER"]
    assert re.search(r"^Contact: <sip:alice-[^>]*>.*;expires=600$", baresip.read(), re.MULTILINE)


@on_ipv4
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_registering_with_a_wrong_password(guarded: Serving, start: Start, transport: str) -> None:
    """Its second request, which has credentials, is challenged as well."""
    baresip = start(account(guarded, transport, "wrong", interval=600))
    baresip.wait_for("Authorization: Digest")
    baresip.wait_for("reg: ")
    baresip.stop()
    assert set(statuses(baresip.read())) == {"401 REGISTER"}


@on_ipv4
@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("password", ["secret", "wrong"])
def test_calling_takes_the_right_password(
    guarded: Serving, start: Start, transport: str, password: str
) -> None:
    """baresip adds the transport of its account to what it dials."""
    dialled = f"sip:407-486@127.0.0.1:{guarded.port(transport)}"
    baresip = start(account(guarded, transport, password), "-e", f"/dial {dialled}")
    baresip.wait_for("session closed: ")
    baresip.stop()
    first, challenge, *others = statuses(baresip.read())
    assert (first, challenge) == ("100 INVITE", "407 INVITE")
    if password == "secret":
        assert others == ["100 INVITE", "486 INVITE"]
    else:
        assert set(others) == {"407 INVITE"}


@on_ipv4
@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256%2CMD5", "MD5%2CSHA-256"])
def test_a_second_challenge_has_baresip_give_up(
    guarded: Serving, start: Start, algorithm: str
) -> None:
    """It answers MD5 where nothing else is asked for: the challenge that goes without saying."""
    dialled = f"sip:407-486@127.0.0.1:{guarded.port()};algorithm={algorithm}"
    baresip = start(account(guarded, "udp", "secret"), "-e", f"/dial {dialled}")
    baresip.wait_for("session closed: ")
    baresip.stop()
    assert ("486 INVITE" in statuses(baresip.read())) is (algorithm == "MD5")


STEPS = """
rules:
  - name: hangs up
    match: {method: INVITE, uri.user: short}
    respond:
      - 180
      - 200
      - {receive: ACK, within: 5s}
      - {send: BYE, headers: {Reason: 'Q.850;cause=16'}}
      - {receive: 200, within: 5s}
  - name: holds
    match: {method: INVITE, uri.user: held}
    respond:
      - 200
      - {receive: ACK, within: 5s}
      - {send: INVITE, sdp: {direction: sendonly}}
      - {receive: 200, within: 5s}
      - send: INVITE
      - {receive: 200, within: 5s}
      - send: BYE
      - {receive: 200, within: 5s}
"""


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("user", ["short", "held"])
@on_ipv4
def test_baresip_is_held_and_hung_up(
    dial: Callable[[str], Child], host: str, transport: str, user: str
) -> None:
    with Answerer(compiled(STEPS).rules) as answerer:
        baresip = dial(f"sip:{user}@{host}:{answerer.port(transport)};transport={transport}")
        baresip.wait_for("session closed")
        answerer.wait_for(1)
        baresip.stop()
    (record,) = answerer.stack.journal.records
    assert not record.failed
    assert record.notes() == []
