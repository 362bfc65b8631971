"""Where callers reach what is listened on."""

import contextlib
from collections.abc import Callable, Sequence
from typing import Final

from responder.net.kernel import source_for
from responder.net.listen import write_address

# TEST-NET-3 (RFC 5737). No packet goes there: the routing table alone is asked.
_ELSEWHERE: Final = ("203.0.113.1", 5060)


def places_to_dial(
    addresses: Sequence[str],
    advertise: tuple[str, int | None] | None = None,
    route: Callable[[tuple[str, int]], str] = source_for,
) -> list[str]:
    """Return where callers reach this endpoint, as ``host:port``: on this machine, then beyond it.

    Args:
        addresses: what is listened on, such as ``udp:0.0.0.0:5060``; the first one counts.
        advertise: the host and port that peers are told, if any; it stands alone then.
        route: returns the local address from which the machine would send to a peer, and raises
            OSError if there is none.
    """
    if not addresses:
        return []
    host, _, digits = addresses[0].partition(":")[2].rpartition(":")
    host, port = host.strip("[]"), int(digits)
    if advertise is not None:
        return [write_address(advertise[0], advertise[1] or port)]
    if host == "::":
        return [write_address("::1", port)]
    if host != "0.0.0.0":
        return [write_address(host, port)]
    places = [write_address("127.0.0.1", port)]
    with contextlib.suppress(OSError):
        places.append(write_address(route(_ELSEWHERE), port))
    return places


def uri_to_dial(
    address: str, advertise: tuple[str, int | None] | None = None, user: str = ""
) -> str:
    """Return a URI by which callers reach an address that is listened on.

    Args:
        address: such as ``tcp:0.0.0.0:5060``; a transport other than udp is named in the URI.
        advertise: as in `places_to_dial`.
        user: the user part, if it is to have one.
    """
    [place, *_] = places_to_dial([address], advertise)
    transport = address.partition(":")[0]
    named = "" if transport == "udp" else f";transport={transport}"
    return f"sip:{user}{'@' if user else ''}{place}{named}"
