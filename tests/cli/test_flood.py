"""A real responder in a flood of garbage: it complains of nothing and goes on answering."""

import contextlib
import socket
from pathlib import Path

from tests.garbage import garbage
from tests.serving import Serve

MANY = 3_000
OPTIONS = b"""\
OPTIONS sip:h SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK%b;rport
From: <sip:a@h>;tag=1
To: <sip:h>
Call-ID: %b
CSeq: 1 OPTIONS
Max-Forwards: 70
Content-Length: 0

""".replace(b"\n", b"\r\n")


def memory(process: int) -> int:
    """Return the bytes that a process has in memory."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * 4096


def flood(seed: int, udp: int, tcp: int) -> None:
    """Send garbage to both ports; the sender hears nothing, and resets its connections."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.connect(("127.0.0.1", udp))
        for number, data in enumerate(garbage(seed, MANY)):
            with contextlib.suppress(ConnectionRefusedError):
                datagrams.send(data)
            if number % 20 == 0:
                with socket.create_connection(("127.0.0.1", tcp)) as stream:
                    stream.sendall(b"".join(garbage(number, 10)))


def answers(udp: int, name: bytes) -> bool:
    """Ask as a client does, again each second: the kernel drops what finds its buffer full."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect(("127.0.0.1", udp))
        asking.settimeout(1.0)
        for _ in range(20):
            asking.send(OPTIONS % (name, name))
            with contextlib.suppress(TimeoutError):
                return asking.recv(65535).startswith(b"SIP/2.0 200")
    return False


def test_a_flood_is_survived_without_a_complaint(serve: Serve) -> None:
    serving = serve("--journal-calls", "10")
    udp, tcp = serving.port("udp"), serving.port("tcp")
    flood(1, udp, tcp)
    assert answers(udp, b"first")
    before = memory(serving.process.pid)
    flood(2, udp, tcp)
    assert answers(udp, b"second")
    # What is held for 32 s (some hundred transactions) is far from this; the messages are not.
    assert memory(serving.process.pid) - before < 16 << 20
    ending = serving.stop()
    assert (ending.status, ending.stderr) == (0, "")
