"""The application under test: a PBX of a few lines that calls whom it is told to call."""

import asyncio
import itertools
import re
import socket
from collections.abc import Iterator

import pytest

_NUMBERS = itertools.count(1)


class Pbx:
    """Places calls over UDP, one at a time, and acknowledges what ends them."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(10.0)
        self._host = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        self._socket.close()

    def dial(self, number: str, via: str, agent: str = "Sample PBX", method: str = "INVITE") -> int:
        """Call a number by way of a SIP URI; return the final status."""
        place = re.sub("^sip:", "", via)
        host, port = place.split(":")
        call = f"{next(_NUMBERS)}.{self._host}"
        lines = [
            f"Via: SIP/2.0/UDP {self._host};branch=z9hG4bK{call}",
            "Max-Forwards: 70",
            f"From: <sip:pbx@{self._host}>;tag=p{call}",
            f"Call-ID: {call}",
            f"Contact: <sip:pbx@{self._host}>",
            f"User-Agent: {agent}",
            "Content-Length: 0",
        ]
        uri = f"sip:{number}@{place}"
        self._socket.connect((host, int(port)))
        self._send(method, uri, f"<{uri}>", lines)
        while True:
            answer = self._socket.recv(65535).decode()
            status = int(answer.split(" ", 2)[1])
            if status >= 200:
                break
        if method == "INVITE":
            to = re.search(r"(?mi)^To: *(.*)\r$", answer)
            assert to is not None
            if status < 300:
                lines[0] += "ack"
            self._send("ACK", uri, to[1], lines)
        return status

    def dial_until_answered(self, number: str, via: str, tries: int = 5) -> list[int]:
        """Call a number again and again until somebody answers; return all final statuses."""
        found: list[int] = []
        while len(found) < tries and 200 not in found:
            found.append(self.dial(number, via))
        return found

    async def dial_async(self, number: str, via: str) -> int:
        """Do what `dial` does beside an event loop."""
        return await asyncio.to_thread(self.dial, number, via)

    def _send(self, method: str, uri: str, to: str, lines: list[str]) -> None:
        head = [f"{method} {uri} SIP/2.0", *lines, f"To: {to}", f"CSeq: 1 {method}"]
        self._socket.send("\r\n".join([*head, "", ""]).encode())


@pytest.fixture
def pbx() -> Iterator[Pbx]:
    """A PBX of this test alone."""
    made = Pbx()
    yield made
    made.close()
