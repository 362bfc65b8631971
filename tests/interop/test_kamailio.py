"""Kamailio in front: it records its route and relays what SIPp sends."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import peers
from tests.interop.conftest import HERE, Run
from tests.interop.kamailio_proxy import Proxy
from tests.serving import Serving

CALLS = 5


@pytest.fixture
def proxy(free_port: Callable[[str], int], host: str, tmp_path: Path) -> Iterator[Proxy]:
    proxy = Proxy(peers.find("kamailio"), free_port(host), tmp_path, host)
    yield proxy
    proxy.stop()


@pytest.mark.parametrize(
    ("scenario", "dialled", "methods"),
    [
        ("proxied-answered", "180-200", {"INVITE", "ACK", "BYE"}),
        ("proxied-refused", "486", {"INVITE"}),
        ("proxied-cancelled", "180", {"INVITE", "CANCEL"}),
    ],
    ids=["answered", "refused", "cancelled"],
)
@pytest.mark.parametrize(
    ("near", "far", "host"),
    [
        ("udp", "udp", "127.0.0.1"),
        ("tcp", "tcp", "127.0.0.1"),
        ("udp", "tcp", "127.0.0.1"),
        ("tcp", "udp", "127.0.0.1"),
        pytest.param("udp", "udp", "[::1]", marks=pytest.mark.ipv6),
        pytest.param("tcp", "tcp", "[::1]", marks=pytest.mark.ipv6),
    ],
    ids=str,
)
def test_calls_through_a_proxy_that_records_its_route(
    serving_at: Serving,
    proxy: Proxy,
    run: Run,
    peer: Callable[[str], Path],
    free_port: Callable[[str], int],
    scenario: str,
    dialled: str,
    methods: set[str],
    near: str,
    far: str,
    host: str,
) -> None:
    """SIPp speaks `near` to Kamailio, and Kamailio speaks `far` to the responder.

    Where they differ, Kamailio records two routes. A Record-Route that the responder failed to
    copy would let ACK and BYE reach it past Kamailio, whose log would lack them. The ACK of a
    failure ends at Kamailio, which sends its own.
    """
    run(
        [
            peer("sipp"),
            "-sf",
            HERE / "sipp" / f"{scenario}.xml",
            "-s",
            dialled,
            "-key",
            "parameters",
            f";transport={far}",
            "-t",
            f"{near[0]}1",
            "-rsa",
            f"{host}:{proxy.port}",
            "-i",
            host.strip("[]"),
            "-p",
            str(free_port(host)),
            "-m",
            str(CALLS),
            "-r",
            "50",
            "-nostdin",
            "-timeout",
            "20",
            "-timeout_error",
            f"{host}:{serving_at.port(far)}",
        ],
        within=40.0,
    )
    relayed = proxy.relayed()
    assert {method: relayed.count(method) for method in set(relayed)} == dict.fromkeys(
        methods, CALLS
    )
