"""What a port gets that anybody may send to: mostly no SIP, and some that nearly is."""

from collections.abc import Iterator
from random import Random

_INVITE = b"""\
INVITE sip:486@h SIP/2.0
Via: SIP/2.0/UDP 192.0.2.9:9;branch=z9hG4bK%d;rport
From: <sip:a@h>;tag=%d
To: <sip:486@h>
Call-ID: c%d
CSeq: 1 INVITE
Contact: <sip:a@192.0.2.9:9>
Max-Forwards: 70
Content-Length: 0

""".replace(b"\n", b"\r\n")
_BYE = b"""\
BYE sip:x SIP/2.0
Via: SIP/2.0/UDP 192.0.2.9:9;branch=z9hG4bK%d
To: <sip:x>;tag=1
From: <sip:y>;tag=2
Call-ID: %d
CSeq: 1 BYE

""".replace(b"\n", b"\r\n")
_STUN = b"\0\1\0\0\x21\x12\xa4\x42%012d"


def garbage(seed: int, count: int) -> Iterator[bytes]:
    """Yield messages, the same for the same seed."""
    draw = Random(seed)
    for number in range(count):
        yield _one(draw, number)


def _one(draw: Random, number: int) -> bytes:
    match draw.randrange(9):
        case 0:
            return draw.randbytes(draw.randrange(1, 1400))
        case 1:
            return b"INVITE " + draw.randbytes(200)
        case 2:
            spoiled = bytearray(_INVITE % (number, number, number))
            for _ in range(draw.randrange(1, 20)):
                spoiled[draw.randrange(len(spoiled))] = draw.randrange(256)
            return bytes(spoiled)
        case 3:
            return (_INVITE % (number, number, number))[: draw.randrange(1, len(_INVITE))]
        case 4:
            return b"SIP/2.0 200 OK\r\nVia: x\r\n\r\n"
        case 5:
            return b"\r\n" * draw.randrange(1, 50)
        case 6:
            return _BYE % (number, number)
        case 7:
            return _STUN % number
        case _:
            return b"ACK sip:x SIP/2.0\r\n" + draw.randbytes(60)
