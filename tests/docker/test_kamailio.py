"""Kamailio as the compose file has it, on loopback; test_network.py has it behind NAT."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import peers
from tests.docker.dockerfile import DOCKER
from tests.docker.test_compose import services
from tests.interop.kamailio_proxy import Proxy
from tests.probing import probe
from tests.serving import Serving

CONFIG = DOCKER / "kamailio" / "kamailio.cfg"


@pytest.fixture
def proxy(serving: Serving, tmp_path: Path) -> Iterator[Proxy]:
    with socket.socket() as outer, socket.socket() as inner:
        outer.bind(("127.0.0.1", 0))
        inner.bind(("127.0.0.1", 0))
        ports = [sock.getsockname()[1] for sock in (outer, inner)]
    settings = {
        "INTERFACE": "127.0.0.1",
        "OUTER": ports[0],
        "ADVERTISED_PORT": ports[0],
        "INNER": ports[1],
        "RESPONDER": f'"sip:127.0.0.1:{serving.port()}"',
    }
    options = [word for name, value in settings.items() for word in ("-A", f"{name}={value}")]
    program = peers.find("kamailio")
    proxy = Proxy(program, ports[0], tmp_path, config=CONFIG, options=options)
    yield proxy
    proxy.stop()


def test_it_takes_its_own_configuration_as_compose_gives_it(tmp_path: Path) -> None:
    command = services(DOCKER / "compose.yaml")["kamailio"]["command"]
    words = [peers.find("kamailio"), "-c", "-E", "-f", CONFIG, *command, "-A", "INTERFACE=lo"]
    told = peers.run(words, tmp_path, 20.0)
    assert "config file ok" in told
    assert "ERROR" not in told
    assert "udp: 127.0.0.1 [127.0.0.1]:5060 name outer-udp advertise 127.0.0.1:5060" in told


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_calls_go_through_it(proxy: Proxy, transport: str) -> None:
    """Over TCP too, where Kamailio's own connection to the responder comes from another port."""
    since = len(proxy.log)
    at = f"127.0.0.1:{proxy.port}"
    busy = probe(f"sip:180-486@{at}", "--transport", transport)
    answered = probe(f"sip:200@{at}", "--transport", transport)
    assert busy.result["status"] == 486
    assert answered.heard()[-1] == (200, "BYE")
    assert proxy.relayed(since) == ["INVITE", "INVITE", "ACK", "BYE"]


def test_what_is_no_part_of_a_call_reaches_the_responder(proxy: Proxy) -> None:
    registered = probe(f"sip:403@127.0.0.1:{proxy.port}", "--method", "REGISTER")
    told = probe(f"sip:480@127.0.0.1:{proxy.port}", "--method", "MESSAGE")
    assert (registered.result["status"], told.result["status"]) == (403, 480)
