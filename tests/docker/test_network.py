"""Behind the NAT of a container engine: what callers outside are told, and whether it leads back.

The networks are real ones, of namespaces; see tests/docker/engine.py.
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from tests import peers
from tests.docker.engine import CALLER, HOST, Engine, made
from tests.interop.kamailio_proxy import Proxy
from tests.probing import Probed, probe
from tests.serving import Serving

TALKER = Path(__file__).parent / "talker.py"
KAMAILIO = Path(__file__).parents[2] / "docker" / "kamailio" / "kamailio.cfg"
SCENARIO = """
scenario: hangs-up
rules:
  - name: hangs up
    match: {method: INVITE, uri.user: bye}
    respond:
      - 200
      - {receive: ACK, within: 4s}
      - {send: BYE}
      - {receive: 200, within: 4s}
"""
LISTEN = ("udp:0.0.0.0:5060", "tcp:0.0.0.0:5060")

Answer: TypeAlias = Callable[..., Serving]


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = made("responder", "kamailio")
    yield engine
    engine.close()


@pytest.fixture
def answer(engine: Engine, tmp_path: Path) -> Iterator[Answer]:
    """Start ``responder serve`` in its container, with a few ports for audio."""
    running: list[Serving] = []
    scenario = tmp_path / "hangs-up.yaml"
    scenario.write_text(SCENARIO)

    def start(*arguments: str) -> Serving:
        home = tmp_path / "responder"
        home.mkdir()
        words = ("--media-ports", "10000-10099", *arguments, str(scenario))
        running.append(Serving(words, LISTEN, home, engine.within("responder")))
        return running[-1]

    yield start
    for serving in running:
        assert serving.stop().status == 0


def call(engine: Engine, dialled: str, *arguments: str) -> Probed:
    """Place a call from outside, to the address of the host."""
    return probe(f"sip:{dialled}@{HOST}", *arguments, before=engine.within("caller"))


def contact_of(message: str) -> str:
    found = re.search(r"^Contact: <sip:[^@>]*@([\d.:]+)", message, re.MULTILINE)
    assert found is not None, message
    return found[1]


def audio_of(message: str) -> tuple[str, int]:
    """Return address and port of the audio that a message describes."""
    address = re.search(r"^c=IN IP4 (\S+)", message, re.MULTILINE)
    port = re.search(r"^m=audio (\d+)", message, re.MULTILINE)
    assert address is not None
    assert port is not None
    return address[1].strip(), int(port[1])


def test_without_advertise_a_caller_outside_cannot_go_on(engine: Engine, answer: Answer) -> None:
    engine.publish("responder", "udp", "5060")
    answer()
    call_made = call(engine, "200")
    [answered, *_] = call_made.texts("SIP/2.0 200")
    own = engine.address("responder")
    assert contact_of(answered) == f"{own}:5060"
    assert audio_of(answered)[0] == own
    # There is no way to what Contact names: the BYE could not be sent.
    assert call_made.heard()[-1][1] == "INVITE"
    said = [entry["text"] for entry in call_made.result["entries"]]
    assert any("BYE was not answered" in text for text in said), said


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_with_advertise_a_call_goes_on(engine: Engine, answer: Answer, transport: str) -> None:
    engine.publish("responder", transport, "5060")
    answer("--advertise", HOST)
    call_made = call(engine, "180-200", "--transport", transport)
    for message in [*call_made.texts("SIP/2.0 180"), *call_made.texts("SIP/2.0 200")[:1]]:
        assert contact_of(message) == f"{HOST}:5060"
    host, port = audio_of(call_made.texts("SIP/2.0 200")[0])
    assert (host, port in range(10000, 10100)) == (HOST, True)
    assert call_made.heard()[-1] == (200, "BYE")


def test_a_request_of_ours_has_the_advertised_address_in_its_via(
    engine: Engine, answer: Answer
) -> None:
    engine.publish("responder", "udp", "5060")
    answer("--advertise", HOST)
    call_made = call(engine, "bye", "--hold", "10")
    [bye] = call_made.texts("BYE ")
    assert f"\r\nVia: SIP/2.0/UDP {HOST}:5060;" in bye
    assert call_made.result["hung_up_by_far_end"] is True


def test_a_redirection_leads_to_the_advertised_address(engine: Engine, answer: Answer) -> None:
    engine.publish("responder", "udp", "5060")
    answer("--advertise", HOST)
    followed = call(engine, "302", "--follow")
    assert contact_of(followed.texts("SIP/2.0 302")[0]) == f"{HOST}:5060"
    assert followed.result["status"] == 200


def test_the_port_that_is_published_may_be_another_one(engine: Engine, answer: Answer) -> None:
    engine.publish("responder", "udp", "15060", "5060")
    answer("--advertise", f"{HOST}:15060")
    call_made = probe(f"sip:200@{HOST}:15060", before=engine.within("caller"))
    assert contact_of(call_made.texts("SIP/2.0 200")[0]) == f"{HOST}:15060"
    assert call_made.heard()[-1] == (200, "BYE")


def test_audio_comes_back_through_published_ports(
    engine: Engine, answer: Answer, tmp_path: Path
) -> None:
    engine.publish("responder", "udp", "5060")
    engine.publish("responder", "udp", "10000-10099")
    answer("--advertise", HOST)
    echoed = peers.run(
        engine.within("caller", sys.executable, TALKER, HOST, CALLER),
        tmp_path,
        20.0,
    )
    assert echoed.split() == ["echoed", f"{HOST}"]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_kamailio_in_front(engine: Engine, answer: Answer, tmp_path: Path, transport: str) -> None:
    """As in docker/compose.yaml: SIP goes to Kamailio, audio to the responder itself.

    Both are known by the host's address. The caller has a way to neither container, and the
    responder has none to the host's port: each side takes the route of its own side.
    """
    program = peers.find("kamailio")
    engine.publish("kamailio", transport, "5060")
    answer("--advertise", HOST)
    home = tmp_path / "kamailio"
    home.mkdir()
    responder = f'RESPONDER="sip:{engine.address("responder")}:5060"'
    proxy = Proxy(
        program,
        5060,
        home,
        engine.address("kamailio"),
        config=KAMAILIO,
        options=("-A", f"ADVERTISED={HOST}", "-A", responder),
        before=engine.within("kamailio"),
    )
    before = len(proxy.log)
    try:
        busy = call(engine, "180-486", "--transport", transport)
        answered = call(engine, "200", "--transport", transport)
        hung_up = call(engine, "bye", "--transport", transport, "--hold", "10")
    finally:
        proxy.stop()
    relayed = proxy.relayed(before)
    assert busy.result["status"] == 486
    assert answered.heard()[-1] == (200, "BYE"), proxy.log
    assert audio_of(answered.texts("SIP/2.0 200")[0])[0] == HOST
    assert hung_up.result["hung_up_by_far_end"] is True, proxy.log
    assert relayed == ["INVITE", "INVITE", "ACK", "BYE", "INVITE", "ACK", "BYE"]
