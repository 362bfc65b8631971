"""From hosts to addresses, with a DNS server on loopback."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import dns.asyncresolver
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest
from dns.rdtypes.IN.SRV import SRV

from responder.net.errors import NotLocated
from responder.net.locate import Locator, in_order, is_numeric

ZONE = {
    ("pbx.example.", "A"): ["192.0.2.1", "192.0.2.2"],
    ("pbx.example.", "AAAA"): ["2001:db8::1"],
    ("four.example.", "A"): ["192.0.2.4"],
    ("_sip._udp.trunk.example.", "SRV"): [
        "20 0 5070 pbx.example.",
        "10 0 5080 four.example.",
        "5 0 5090 missing.example.",
    ],
    ("_sip._tcp.trunk.example.", "SRV"): ["0 0 5060 missing.example."],
    ("_sips._tcp.trunk.example.", "SRV"): ["0 0 0 ."],
    ("_sip._udp.odd.example.", "SRV"): ["0 0 5061 192.0.2.8."],
    ("trunk.example.", "A"): ["192.0.2.9"],
}


class ZoneServer(asyncio.DatagramProtocol):
    """Answers from `ZONE`; a name that begins with ``broken`` is a server failure."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        asked = query.question[0]
        name = asked.name.to_text().lower()
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA | dns.flags.RA
        texts = ZONE.get((name, dns.rdatatype.to_text(asked.rdtype)))
        if texts:
            rrset = dns.rrset.from_text_list(asked.name, 60, asked.rdclass, asked.rdtype, texts)
            response.answer.append(rrset)
        elif name.startswith("broken"):
            response.set_rcode(dns.rcode.SERVFAIL)
        elif all(known != name for known, _ in ZONE):
            response.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(response.to_wire(), addr)


@pytest.fixture
async def locator(tmp_path: Path) -> AsyncIterator[Locator]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(ZoneServer, ("127.0.0.1", 0))
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = transport.get_extra_info("sockname")[1]
    resolver.lifetime = 5.0
    hosts = tmp_path / "hosts"
    hosts.write_text(
        "# a comment\n\n192.0.2.77  Desk.local desk  # mine\n2001:db8::77 desk\nnonsense odd\n"
    )
    yield Locator(resolver, draw=lambda _: 0, hosts=hosts)
    transport.close()


@pytest.mark.parametrize(
    ("host", "port", "transport", "expected"),
    [
        pytest.param("192.0.2.5", 0, "udp", [("192.0.2.5", 5060)], id="numeric"),
        pytest.param("2001:db8::5", 0, "tls", [("2001:db8::5", 5061)], id="numeric-tls"),
        pytest.param("192.0.2.5", 5099, "tcp", [("192.0.2.5", 5099)], id="numeric-port"),
        pytest.param("four.example", 5099, "udp", [("192.0.2.4", 5099)], id="port-means-no-srv"),
        pytest.param("trunk.example", 5099, "udp", [("192.0.2.9", 5099)], id="port-hides-srv"),
        pytest.param(
            "pbx.example",
            0,
            "tcp",
            [("192.0.2.1", 5060), ("192.0.2.2", 5060), ("2001:db8::1", 5060)],
            id="no-srv",
        ),
        pytest.param(
            "trunk.example",
            0,
            "udp",
            [
                ("192.0.2.4", 5080),
                ("192.0.2.1", 5070),
                ("192.0.2.2", 5070),
                ("2001:db8::1", 5070),
            ],
            id="srv-by-priority-leaving-out-the-unknown",
        ),
        pytest.param("odd.example", 0, "udp", [("192.0.2.8", 5061)], id="srv-to-a-number"),
        pytest.param(
            "DESK", 0, "udp", [("192.0.2.77", 5060), ("2001:db8::77", 5060)], id="hosts-file"
        ),
        pytest.param("desk.local.", 5070, "udp", [("192.0.2.77", 5070)], id="hosts-file-dot"),
        pytest.param("localhost", 0, "tcp", [("127.0.0.1", 5060), ("::1", 5060)], id="localhost"),
        pytest.param("a.localhost", 1, "tcp", [("127.0.0.1", 1), ("::1", 1)], id="below-localhost"),
    ],
)
async def test_a_host_is_located(
    locator: Locator, host: str, port: int, transport: str, expected: list[tuple[str, int]]
) -> None:
    found = await locator.locate(host, port, transport)
    assert [each[1] for each in found] == [each[1] for each in expected]
    assert set(found) == set(expected)


@pytest.mark.parametrize(
    ("host", "port", "transport", "reason"),
    [
        ("nobody.example", 0, "udp", "nobody.example was not found: there is no such name"),
        ("trunk.example", 0, "tcp", "missing.example was not found: there is no such name"),
        ("trunk.example", 0, "tls", "trunk.example offers no SIP over tls"),
        ("_sip._udp.trunk.example", 1, "udp", "_sip._udp.trunk.example was not found: it has no"),
        ("broken.example", 5060, "udp", "broken.example was not found: the look-up failed"),
        ("a..b", 0, "udp", "a..b was not found: the look-up failed"),
    ],
)
async def test_what_is_not_found_says_why(
    locator: Locator, host: str, port: int, transport: str, reason: str
) -> None:
    with pytest.raises(NotLocated) as raised:
        await locator.locate(host, port, transport)
    assert str(raised.value).startswith(reason)


async def test_a_silent_dns_is_said_to_be_silent(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    silent, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, ("127.0.0.1", 0))
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = silent.get_extra_info("sockname")[1]
    resolver.lifetime = 0.05
    with pytest.raises(NotLocated) as raised:
        await Locator(resolver, hosts=tmp_path / "none").locate("pbx.example", 5060, "udp")
    assert str(raised.value) == "pbx.example was not found: the DNS did not answer in time"
    silent.close()


async def test_a_machine_without_dns_still_knows_localhost(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unconfigured() -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.asyncresolver, "Resolver", unconfigured)
    locator = Locator(hosts=tmp_path / "none")
    assert (await locator.locate("localhost", 5060, "udp"))[0] == ("127.0.0.1", 5060)
    with pytest.raises(NotLocated) as raised:
        await locator.locate("pbx.example", 5060, "udp")
    assert str(raised.value) == "this machine names no DNS server"


async def test_the_systems_servers_are_found_once(
    monkeypatch: pytest.MonkeyPatch, locator: Locator, tmp_path: Path
) -> None:
    resolver = locator._servers()
    made: list[dns.asyncresolver.Resolver] = []

    def configured() -> dns.asyncresolver.Resolver:
        made.append(resolver)
        return resolver

    monkeypatch.setattr(dns.asyncresolver, "Resolver", configured)
    system = Locator(hosts=tmp_path / "none")
    for _ in range(2):
        assert await system.locate("four.example", 1, "udp") == [("192.0.2.4", 1)]
    assert len(made) == 1
    assert isinstance(resolver.cache, dns.resolver.LRUCache)


def srv(priority: int, weight: int, port: int) -> SRV:
    record = dns.rdata.from_text("IN", "SRV", f"{priority} {weight} {port} x.")
    assert isinstance(record, SRV)
    return record


@pytest.mark.parametrize(
    ("draws", "ports"),
    [
        pytest.param([0, 0, 0], [3, 1, 2], id="a-weight-of-zero-goes-first-at-zero"),
        pytest.param([1, 0, 0], [1, 3, 2], id="just-above"),
        pytest.param([10, 0, 0], [1, 3, 2], id="the-end-of-a-weight-is-its-own"),
        pytest.param([11, 0, 0], [2, 3, 1], id="one-further"),
        pytest.param([40, 10, 0], [2, 1, 3], id="the-sum-runs-over-what-is-left"),
    ],
)
def test_equal_priorities_are_drawn_by_weight(draws: list[int], ports: list[int]) -> None:
    left = iter(draws)
    records = [srv(1, 10, 1), srv(1, 30, 2), srv(1, 0, 3)]
    assert [record.port for record in in_order(records, lambda _: next(left))] == ports


def test_the_lowest_priority_goes_first_whatever_its_weight() -> None:
    sums: list[int] = []

    def draw(most: int) -> int:
        sums.append(most)
        return most

    records = [srv(2, 65535, 1), srv(1, 0, 2), srv(1, 7, 3)]
    assert [record.port for record in in_order(records, draw)] == [3, 2, 1]
    assert sums == [7, 0, 65535]


def test_numeric_hosts_are_told_from_names() -> None:
    assert is_numeric("127.0.0.1")
    assert is_numeric("::1")
    assert not is_numeric("1.example")


def test_the_default_draw_stays_within_its_bounds() -> None:
    assert {Locator()._draw(1) for _ in range(100)} <= {0, 1}
