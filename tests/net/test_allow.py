"""Source networks."""

import pytest

from responder.net import allow
from responder.net.allow import Allow, parse_network
from responder.net.errors import BadAddress


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.255.0.3",
        "10.1.2.3",
        "172.31.255.255",
        "192.168.0.1",
        "169.254.1.1",
        "::1",
        "fd00::1",
        "fe80::1",
        "::ffff:10.0.0.1",
    ],
)
def test_nearby_sources_are_allowed_by_default(host: str) -> None:
    assert Allow().permits(host)


@pytest.mark.parametrize(
    "host", ["8.8.8.8", "172.32.0.1", "2001:db8::1", "::ffff:8.8.8.8", "::2", "0.0.0.0"]
)
def test_others_are_not(host: str) -> None:
    permitted = Allow()
    assert not permitted.permits(host)
    assert not permitted.permits(host)


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        ("192.0.2.0/24", "192.0.2.200", "192.0.3.1"),
        ("192.0.2.7/24", "192.0.2.200", "127.0.0.1"),
        ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
        (" 2001:db8::/32 ", "2001:db8:1::", "2001:db9::"),
        ("0.0.0.0/0", "8.8.8.8", "2001:db8::"),
    ],
)
def test_a_network_allows_what_is_in_it(network: str, inside: str, outside: str) -> None:
    assert Allow([network]).permits(inside)
    assert not Allow([network]).permits(outside)


@pytest.mark.parametrize("host", ["8.8.8.8", "2001:db8::1"])
def test_any_allows_every_source_and_nothing_none(host: str) -> None:
    assert Allow(["Any"]).permits(host)
    assert not Allow([]).permits(host)


@pytest.mark.parametrize("text", ["", "10.0.0.0/33", "example.com", "10.0.0.0/8,127.0.0.1"])
def test_what_is_no_network_is_said_in_one_sentence(text: str) -> None:
    with pytest.raises(BadAddress) as raised:
        parse_network(text)
    assert str(raised.value) == (
        f'"{text}" is not a network; write an address, a network such as 10.0.0.0/8, or any.'
    )


def test_decisions_are_remembered_within_a_bound() -> None:
    permitted = Allow(["10.0.0.0/8"])
    for number in range(3 * allow._HOSTS_REMEMBERED):
        permitted.permits(f"192.0.{number // 256}.{number % 256}")
    assert len(permitted._decided) <= allow._HOSTS_REMEMBERED
