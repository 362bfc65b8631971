"""aiovoip, a SIP library for asyncio, as the client.

It cannot read a 100, which has no To tag, so calls are dialled with ``;trying=no``; and all its
requests on one socket share one branch, so each test has its own.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

import aiovoip
import pytest
from aiovoip.contact import Contact

from tests.serving import Serving

PATIENCE = 20.0
OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 40012 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)
PROTOCOLS = {"udp": aiovoip.UDP, "tcp": aiovoip.TCP}


class Client:
    """An aiovoip application with one socket to the responder."""

    def __init__(self, application: aiovoip.Application, peer: object, port: int) -> None:
        self._application = application
        self.peer = peer
        self._port = port

    def details(self, user: str) -> dict[str, Contact]:
        """Return From and To of a request that dials a user."""
        return {
            "from_details": Contact.from_header("sip:alice@127.0.0.1"),
            "to_details": Contact.from_header(f"sip:{user}@127.0.0.1:{self._port};trying=no"),
        }


@pytest.fixture(params=["udp", "tcp"])
async def client(serving: Serving, request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    port = serving.port(request.param)
    application = aiovoip.Application(loop=asyncio.get_running_loop())
    peer = await application.connect(
        ("127.0.0.1", port), PROTOCOLS[request.param], local_addr=("127.0.0.1", 0)
    )
    yield Client(application, peer, port)
    await application.close(timeout=1)
