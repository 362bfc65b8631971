"""One keep-alive of RFC 5626 section 4.4, which asks whether somebody is there and no more."""

import asyncio
import secrets
from typing import Final

from responder.cli.place import Unplaced
from responder.net.bind import bind_udp
from responder.net.errors import NotLocated
from responder.net.listen import write_address
from responder.net.locate import Locator
from responder.sip.events import Address
from responder.sip.stun import answers, binding_request

_PING: Final = b"\r\n\r\n"
_PONG: Final = b"\r\n"
_LARGEST: Final = 65535


async def keep_alive(host: str, port: int, transport: str, within: float) -> None:
    """Send a keep-alive and wait for what answers it.

    Over UDP that is a STUN Binding request (section 4.4.2), over TCP a double CRLF (section 4.4.1).
    The addresses of a name are tried in order until one answers.

    Args:
        host: a name or a numeric address, without brackets.
        port: 0 where none was given.
        transport: ``udp`` or ``tcp``.
        within: seconds for each address.

    Raises:
        Unplaced: the host was not found, or no answer came.
    """
    try:
        addresses = await Locator().locate(host, port, transport)
    except NotLocated as miss:
        raise Unplaced(str(miss)) from None
    ask = _binding if transport == "udp" else _ping
    refused = Unplaced()
    for address in addresses:
        where = f"{write_address(*address)} ({transport})"
        try:
            await asyncio.wait_for(ask(address), within)
        except ConnectionRefusedError:
            refused = Unplaced(f"nothing listens at {where}")
        except TimeoutError:
            refused = Unplaced(f"no answer came from {where} within {within:.1f} s")
        except OSError as refusal:
            refused = Unplaced(f"{where} was not reached: {(refusal.strerror or 'closed').lower()}")
        else:
            return
    raise refused


async def _binding(address: Address) -> None:
    loop = asyncio.get_running_loop()
    transaction = secrets.token_bytes(12)
    with bind_udp("::" if ":" in address[0] else "0.0.0.0", 0) as sock:
        await loop.sock_connect(sock, address)
        await loop.sock_sendall(sock, binding_request(transaction))
        while not answers(await loop.sock_recv(sock, _LARGEST), transaction):
            pass


async def _ping(address: Address) -> None:
    reader, writer = await asyncio.open_connection(*address)
    try:
        writer.write(_PING)
        try:
            await reader.readuntil(_PONG)
        except asyncio.IncompleteReadError:
            raise ConnectionResetError from None
    finally:
        writer.transport.abort()
