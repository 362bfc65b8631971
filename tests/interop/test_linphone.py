"""linphonec, which reads commands, dials the responder, and registers with it."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.answering import ALICE
from tests.audio import clearest, recording, samples_of
from tests.interop.answerer import Answerer
from tests.interop.child import Child
from tests.interop.conftest import each_host, on_ipv4
from tests.serving import Serving

# Nothing that would leave this machine: no registration, STUN, name service or update check.
CONFIG = """\
[sip]
sip_port={udp}
sip_tcp_port={tcp}
sip_tls_port=0
bind_address={address}
guess_hostname=0
contact="alice" <sip:alice@{host}>
use_ipv6={ipv6}
register_only_when_network_is_up=0
auto_net_state_mon=0
default_proxy=-1
[net]
dns_srv_enabled=0
dns_search_enabled=0
firewall_policy=0
[rtp]
audio_rtp_port=40000-49998
[video]
enabled=0
[misc]
version_check_url_root=
"""


TWO_SECONDS = 2 * 2 * 48_000
"""Bytes of a recording of Opus, which linphonec takes first."""

# An account that registers with a server, and its password.
ACCOUNT = """\
[proxy_0]
reg_proxy=<sip:{server}>
reg_identity=sip:alice@127.0.0.1
reg_expires=300
reg_sendregister={registers}
publish=0
[auth_info_0]
username=alice
passwd={password}
"""

Start: TypeAlias = Callable[[str], Child]
"""Starts a linphonec whose configuration has more sections than the usual ones."""


@pytest.fixture
def start(
    peer: Callable[[str], Path],
    free_port: Callable[[str], int],
    host: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Start]:
    """Start a linphonec that listens on the transport of the test alone."""
    program = peer("linphonec")
    home = tmp_path / "home"
    (home / ".local" / "share" / "linphone").mkdir(parents=True)
    transport = request.getfixturevalue("transport")
    ports = {"udp": 0, "tcp": 0, transport: free_port(host)}
    config = CONFIG.format(
        **ports, host=host, address=host.strip("[]"), ipv6=int(host.startswith("["))
    )
    homes = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), str(home))
    command: list[str | Path] = [program, "-c", "linphonerc", "-d", "6", "-l", "log"]
    running: list[Child] = []

    def start_one(sections: str) -> Child:
        (tmp_path / "linphonerc").write_text(config + sections)
        running.append(Child(command, tmp_path, {**os.environ, **homes}))
        running[-1].wait_for("linphonec>")
        return running[-1]

    yield start_one
    for child in running:
        with child:
            pass


@pytest.fixture
def linphone(start: Start) -> Child:
    """A linphonec without an account."""
    return start("")


@each_host
@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("dialled", "statuses", "states"),
    [
        ("486", ["100", "486"], ["OutgoingInit", "OutgoingProgress", "Error"]),
        ("404", ["100", "404"], ["OutgoingInit", "OutgoingProgress", "Error"]),
        (
            "180-250ms-603",
            ["100", "180", "603"],
            ["OutgoingInit", "OutgoingProgress", "OutgoingRinging", "End"],
        ),
    ],
    ids=["486", "404", "180-603"],
)
def test_a_refusal_is_what_linphone_sees(
    serving_at: Serving,
    linphone: Child,
    tmp_path: Path,
    host: str,
    transport: str,
    dialled: str,
    statuses: list[str],
    states: list[str],
) -> None:
    linphone.type(f"call sip:{dialled}@{host}:{serving_at.port(transport)};transport={transport}")
    log = tmp_path / "log"
    linphone.wait_for("to LinphoneCallReleased", log)
    linphone.type("quit")
    written = linphone.read(log)
    assert re.findall(r"^SIP/2\.0 (\d{3}) ", written, re.MULTILINE) == statuses
    assert re.findall(r"moving from state \w+ to LinphoneCall(\w+)", written) == [
        *states,
        "Released",
    ]


@pytest.mark.parametrize("host", ["127.0.0.1"])
@pytest.mark.parametrize("transport", ["udp"])
def test_linphone_hears_itself(
    serving_at: Serving, linphone: Child, tmp_path: Path, host: str, transport: str
) -> None:
    """It plays a file as its microphone, and records what it hears as its loudspeaker."""
    (tmp_path / "tone.wav").write_bytes(recording(5.0, 440, 8_000, 1))
    heard = tmp_path / "heard.wav"
    linphone.type("soundcard use files")
    linphone.type(f"play {tmp_path / 'tone.wav'}")
    linphone.type(f"record {heard}")
    linphone.type(f"call sip:echo@{host}:{serving_at.port(transport)};transport={transport}")
    linphone.wait_for("to LinphoneCallStreamsRunning", tmp_path / "log")
    linphone.wait_until(
        lambda: heard.exists() and heard.stat().st_size > TWO_SECONDS, "heard enough"
    )
    linphone.type("terminate")
    linphone.wait_for("to LinphoneCallReleased", tmp_path / "log")
    linphone.type("quit")
    assert clearest(samples_of(heard)[8_000:], 440) > 0.8


RELEASED = "to LinphoneCallReleased"


def account(serving: Serving, transport: str, password: str, registers: bool = True) -> str:
    """Return the sections of a configuration that make an account."""
    server = f"127.0.0.1:{serving.port(transport)};transport={transport}"
    return ACCOUNT.format(server=server, registers=int(registers), password=password)


def answers(written: str, method: str) -> list[str]:
    """Return the statuses of the responses to a method that linphone logged, in order."""
    found = re.findall(r"^SIP/2\.0 (\d{3}) .*?^CSeq: \d+ (\w+)$", written, re.DOTALL | re.MULTILINE)
    return [status for status, name in found if name == method]


@on_ipv4
@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("user", "calls", "correct"),
    [("486", 1, {"ack"}), ("302", 2, {"ack", "redirect"}), ("180", 1, {"ack", "cancel"})],
    ids=["486", "302", "180"],
)
def test_linphone_is_judged_correct(
    answerer: Answerer,
    linphone: Child,
    host: str,
    tmp_path: Path,
    transport: str,
    user: str,
    calls: int,
    correct: set[str],
) -> None:
    _call(linphone, answerer, host, transport, user)
    if user == "180":
        linphone.wait_for("to LinphoneCallOutgoingRinging", tmp_path / "log")
        linphone.type("terminate")
    linphone.wait_for(RELEASED, tmp_path / "log")
    answerer.wait_for(calls)
    always = {"tags", "cseq", "branch", "via", "max-forwards", "contact", "content-length"}
    assert answerer.faults() == {}
    assert answerer.correct() >= correct | always


@on_ipv4
@pytest.mark.parametrize("transport", ["udp"])
def test_linphone_sends_its_invite_again_at_t1(
    answerer: Answerer, linphone: Child, host: str, tmp_path: Path, transport: str
) -> None:
    _call(linphone, answerer, host, transport, "late")
    linphone.wait_for(RELEASED, tmp_path / "log")
    answerer.wait_for(1)
    assert answerer.faults() == {}
    assert answerer.correct() >= {"timer-a", "copies", "ack"}


@on_ipv4
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_linphone_leaves_its_credentials_out_of_the_ack_of_a_failure(
    answerer: Answerer, linphone: Child, host: str, tmp_path: Path, transport: str
) -> None:
    """It answers the challenge as it has to."""
    _call(linphone, answerer, host, transport, "401-486")
    linphone.wait_for("Password for", tmp_path / "console")
    linphone.type("secret")
    linphone.wait_for(RELEASED, tmp_path / "log")
    answerer.wait_for(2)
    assert answerer.faults(ALICE) == {
        "ack": "the Authorization of the ACK is missing; "
        "expected that of the INVITE (RFC 3261 22.1)"
    }
    assert answerer.correct() >= {"challenge", "call-id"}


def _call(linphone: Child, answerer: Answerer, host: str, transport: str, user: str) -> None:
    place = f"{host}:{answerer.port(transport)}"
    linphone.type(f"call sip:{user}@{place};transport={transport}")


@on_ipv4
@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("password", "state", "statuses"),
    [("secret", "Ok", ["401", "200"]), ("wrong", "Failed", ["401", "401"])],
)
def test_registering_takes_the_right_password(
    guarded: Serving,
    start: Start,
    tmp_path: Path,
    transport: str,
    password: str,
    state: str,
    statuses: list[str],
) -> None:
    linphone = start(account(guarded, transport, password))
    log = tmp_path / "log"
    linphone.wait_for(f"LinphoneRegistration{state}", log)
    linphone.type("quit")
    assert answers(linphone.read(log), "REGISTER")[:2] == statuses


@on_ipv4
@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("password", ["secret", "wrong"])
def test_calling_takes_the_right_password(
    guarded: Serving, start: Start, tmp_path: Path, transport: str, password: str
) -> None:
    linphone = start(account(guarded, transport, password, registers=False))
    dialled = f"sip:407-486@127.0.0.1:{guarded.port(transport)};transport={transport}"
    linphone.type(f"call {dialled}")
    log = tmp_path / "log"
    linphone.wait_for("to LinphoneCallReleased", log)
    linphone.type("quit")
    first, challenge, *others = answers(linphone.read(log), "INVITE")
    assert (first, challenge) == ("100", "407")
    if password == "secret":
        assert others == ["100", "486"]
    else:
        assert set(others) == {"407"}


@on_ipv4
@pytest.mark.parametrize("transport", ["udp"])
@pytest.mark.parametrize(("algorithm", "last"), [("SHA-256", "486"), ("SHA-256%2CMD5", "486")])
def test_linphone_knows_sha_256(
    guarded: Serving, start: Start, tmp_path: Path, transport: str, algorithm: str, last: str
) -> None:
    linphone = start(account(guarded, transport, "secret", registers=False))
    linphone.type(f"call sip:407-486@127.0.0.1:{guarded.port(transport)};algorithm={algorithm}")
    log = tmp_path / "log"
    linphone.wait_for("to LinphoneCallReleased", log)
    linphone.type("quit")
    assert answers(linphone.read(log), "INVITE")[-1] == last
