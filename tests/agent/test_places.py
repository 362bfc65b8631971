"""Where callers reach what is listened on."""

import errno
from collections.abc import Callable

import pytest

from responder.agent.places import places_to_dial


def no_route(_: object) -> str:
    raise OSError(errno.ENETUNREACH, "no route")


@pytest.mark.parametrize(
    ("addresses", "advertise", "route", "places"),
    [
        ([], None, no_route, []),
        (["udp:192.0.2.1:5062", "tcp:127.0.0.1:1"], None, no_route, ["192.0.2.1:5062"]),
        (["udp:[2001:db8::1]:5060"], None, no_route, ["[2001:db8::1]:5060"]),
        (["udp:[::]:5060"], None, no_route, ["[::1]:5060"]),
        (["udp:0.0.0.0:5060"], None, no_route, ["127.0.0.1:5060"]),
        (
            ["udp:0.0.0.0:5060", "udp:[::]:5060"],
            None,
            lambda _: "10.1.2.3",
            ["127.0.0.1:5060", "10.1.2.3:5060"],
        ),
        (["udp:0.0.0.0:5060"], ("pbx.test", None), no_route, ["pbx.test:5060"]),
        (["udp:0.0.0.0:5060"], ("2001:db8::2", 9), no_route, ["[2001:db8::2]:9"]),
    ],
    ids=["nothing", "one", "ipv6", "any-ipv6", "no-route", "any", "name", "advertised"],
)
def test_places_to_dial(
    addresses: list[str],
    advertise: tuple[str, int | None] | None,
    route: Callable[[tuple[str, int]], str],
    places: list[str],
) -> None:
    assert places_to_dial(addresses, advertise, route) == places
