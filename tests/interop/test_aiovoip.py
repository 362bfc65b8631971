"""aiovoip, a SIP library for asyncio, as the client."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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


class Call:
    """A call of aiovoip, and the responses to it but 100.

    aiovoip looks for a tag in the To of a 100 and fails as it finds none, so that is kept from it.
    """

    def __init__(self) -> None:
        self.heard: list[aiovoip.Response] = []
        self.dialog: aiovoip.InviteDialog = None

    def make_dialog(self, **details: object) -> aiovoip.InviteDialog:
        """Make the dialog; aiovoip calls this with what it wants to pass on."""
        self.dialog = aiovoip.InviteDialog(**details)
        receive = self.dialog.receive_message

        async def receive_but_100(response: aiovoip.Response) -> None:
            if response.status_code != 100:
                self.heard.append(response)
                await receive(response)

        self.dialog.receive_message = receive_but_100
        return self.dialog

    def statuses(self) -> list[int]:
        return [response.status_code for response in self.heard]


class Client:
    """An aiovoip application with one socket to the responder.

    All requests that aiovoip sends on one socket have the same branch, so a test sends one.
    """

    def __init__(self, peer: aiovoip.Application, port: int) -> None:
        self._peer = peer
        self._port = port

    async def request(self, method: str, user: str) -> tuple[int, str]:
        """Send a request; return status and reason of the final response."""
        async with asyncio.timeout(PATIENCE):
            ended = await self._peer.request(method, **self._between(user))
        return ended.status_code, ended.status_message

    async def register(self, user: str, params: str) -> int:
        """Register with a password; return the status of the final response."""
        between = self._between(user)
        host = f"127.0.0.1:{self._port}"
        between["to_details"] = Contact.from_header(f"<sip:{user}@{host}{params}>")
        async with asyncio.timeout(PATIENCE):
            ended = await self._peer.register(password="secret", **between)
        status: int = ended.status_code
        return status

    async def call(self, user: str) -> Call:
        """Send an INVITE with an offer."""
        call = Call()
        await self._peer.invite(
            dialog_factory=call.make_dialog,
            headers={"Content-Type": "application/sdp"},
            payload=OFFER,
            **self._between(user),
        )
        return call

    def _between(self, user: str) -> dict[str, Contact]:
        return {
            "from_details": Contact.from_header("<sip:alice@127.0.0.1>"),
            "to_details": Contact.from_header(f"<sip:{user}@127.0.0.1:{self._port}>"),
        }


@asynccontextmanager
async def connected(serving: Serving, transport: str) -> AsyncIterator[Client]:
    port = serving.port(transport)
    application = aiovoip.Application(loop=asyncio.get_running_loop())
    peer = await application.connect(
        ("127.0.0.1", port), PROTOCOLS[transport], local_addr=("127.0.0.1", 0)
    )
    yield Client(peer, port)
    await application.close(timeout=1)


@pytest.fixture(params=["udp", "tcp"])
async def client(serving: Serving, request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    async with connected(serving, request.param) as one:
        yield one


@pytest.mark.parametrize(
    ("method", "user", "status", "reason"),
    [
        ("OPTIONS", "200", 200, "OK"),
        ("OPTIONS", "404", 404, "Not Found"),
        ("OPTIONS", "503", 503, "Service Unavailable"),
        ("REGISTER", "alice", 200, "OK"),
        ("REGISTER", "403", 403, "Forbidden"),
        ("MESSAGE", "480", 480, "Temporarily Unavailable"),
        ("SUBSCRIBE", "489", 489, "Bad Event"),
        ("PUBLISH", "412", 412, "Conditional Request Failed"),
    ],
)
async def test_a_request_gets_what_it_dials(
    client: Client, method: str, user: str, status: int, reason: str
) -> None:
    assert await client.request(method, user) == (status, reason)


@pytest.mark.parametrize(
    ("params", "status"), [(";qop=none", 200), ("", 400)], ids=["without-qop", "qop-auth"]
)
async def test_a_challenge_to_register_is_answered(
    serving: Serving, params: str, status: int
) -> None:
    """Its second request has the To tag of the 401, which says nothing in a REGISTER.

    It has the first one's branch as well, so over UDP it would be a retransmission. With a qop its
    nonce count is ``1``, which is not the 8 digits that RFC 7616 section 3.4 asks for.
    """
    async with connected(serving, "tcp") as client:
        assert await client.register("401-200", params) == status


@pytest.mark.parametrize(
    ("user", "statuses", "reason"),
    [
        ("486", [486], "Busy Here"),
        ("180-404", [180, 404], "Not Found"),
        ("183-603", [183, 603], "Decline"),
    ],
)
async def test_a_call_is_refused(
    client: Client, user: str, statuses: list[int], reason: str
) -> None:
    call = await client.call(user)
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(RuntimeError, match=f"INVITE failed with {statuses[-1]}"):
            await call.dialog.ready()
    assert call.statuses() == statuses
    assert call.heard[-1].status_message == reason


async def test_a_call_is_answered_and_hung_up(client: Client) -> None:
    """Its BYE is answered: `close` waits for that."""
    call = await client.call("180-200")
    async with asyncio.timeout(PATIENCE):
        await call.dialog.ready()
        await call.dialog.close()
    assert call.statuses()[:2] == [180, 200]
    assert call.heard[1].headers["Content-Type"] == "application/sdp"
    assert "m=audio" in call.heard[1].payload
