"""Whatever becomes of a good message on its way, the stack lives on, answers once and forgets."""

from collections import defaultdict
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from responder.sip.message import parse
from responder.stack import Stack
from responder.testing.network import Sent
from tests.torture.corpus import load
from tests.torture.replay import OPTIONS_BEHIND, Sea, left_over, new_stack, well_formed

NO_TRANSACTION = frozenset({400, 408, 413, 414, 501, 505, 513})
"""Statuses that may not belong to the transaction which the response seems to name.

They answer bytes that may be no request at all, or a method that CSeq does not name.
"""

_HEAD = b"""\
Via: SIP/2.0/UDP deck.lantern.example;branch=z9hG4bKfolly;rport
To: <sip:mira@harbour.example>%b
From: "Osk" <sip:osk@lantern.example>;tag=folly
Call-ID: folly@lantern.example
CSeq: 1 %b
Max-Forwards: 70
Contact: <sip:osk@198.51.100.80;transport=tcp>
Record-Route: <sip:quay.harbour.example;lr>, <sip:pier.harbour.example;lr>
Content-Length: 0

"""


def _plain(method: bytes, tag: bytes = b"") -> bytes:
    start = b"%b sip:mira@harbour.example SIP/2.0\n" % method
    return (start + _HEAD % (tag, method)).replace(b"\n", b"\r\n")


SEEDS = [
    *(each.data for each in load()),
    *(_plain(method) for method in (b"INVITE", b"CANCEL", b"ACK", b"SUBSCRIBE", b"PUBLISH")),
    *(_plain(method, b";tag=a") for method in (b"ACK", b"BYE", b"INVITE", b"PRACK", b"UPDATE")),
]
MORSELS = [
    *(b"\r\n", b"\r\n\r\n", b"\r", b"\n", b"\0", b" ", b"\t", b":", b";", b",", b'"', b"<", b">"),
    *(b"=", b"%", b"\\", b"@", b"[", b"]", b"?", b"0", b"-1", b"99999999999999999999", b"\xff\xfe"),
    *(b";tag=", b";branch=z9hG4bK", b";received=", b";rport", b";maddr=", b"SIP/2.0", b"ACK"),
    *(b"\r\nContent-Length: 3\r\n", b"\r\nl: 0\r\n", b"\r\nRequire: x\r\n", b"\r\nVia: \r\n"),
    *(b"\r\nSupported: timer, 100rel\r\n", b"\r\nSession-Expires: 90\r\n", b"\r\nReplaces: a\r\n"),
    *(b"\r\nContent-Encoding: gzip\r\n", b"\r\nRecord-Route: <sip:[::1]:0;lr>\r\n", b"\r\n "),
]


@st.composite
def _mutated(draw: st.DrawFn) -> bytes:
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(0, 5))):
        data = _mutate(draw, data)
    return data


def _mutate(draw: st.DrawFn, data: bytes) -> bytes:
    at = draw(st.integers(0, len(data)))
    match draw(st.sampled_from(["flip", "delete", "repeat", "insert", "cut", "swap", "splice"])):
        case "flip":
            return data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]
        case "delete":
            return data[:at] + data[at + draw(st.integers(1, 60)) :]
        case "repeat":
            end = at + draw(st.integers(1, 200))
            return data[:end] + data[at:end] * draw(st.integers(1, 30)) + data[end:]
        case "insert":
            morsel = draw(st.one_of(st.sampled_from(MORSELS), st.binary(min_size=1, max_size=20)))
            return data[:at] + morsel + data[at:]
        case "cut":
            return data[:at]
        case "swap":
            lines = data.split(b"\r\n")
            one, other = draw(st.tuples(*[st.integers(0, len(lines) - 1)] * 2))
            lines[one], lines[other] = lines[other], lines[one]
            return b"\r\n".join(lines)
        case _:
            other_data = draw(st.sampled_from(SEEDS))
            return data[:at] + other_data[draw(st.integers(0, len(other_data))) :]


@settings(max_examples=300, deadline=None)
@given(datagrams=st.lists(_mutated(), min_size=1, max_size=4), pause=st.sampled_from([0.0, 0.3, 9]))
def test_datagrams(datagrams: list[bytes], pause: float) -> None:
    """A datagram gets one final response at most, and an ACK none, whatever it holds."""
    stack = new_stack()
    network = Sea(stack)
    for number, data in enumerate(datagrams):
        flow = network.datagrams(("127.0.0.1", 40001 + number), ("127.0.0.1", 5060))
        network.receive(flow, data)
        network.advance(pause)
    network.advance(200)
    finals: dict[int, set[bytes]] = defaultdict(set)
    for sent in network.sent:
        if _is_final(sent):
            finals[sent.flow.remote[1]].add(sent.data)
    for port, responses in finals.items():
        assert len(responses) == 1, responses
        assert parse(datagrams[port - 40001].lstrip(b"\r\n\0 \t")).method != b"ACK"
    _is_sound(stack, network)


@settings(max_examples=300, deadline=None)
@given(
    messages=st.lists(_mutated(), min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 3000), max_size=6),
    pause=st.sampled_from([0.0, 0.3, 9]),
)
def test_streams(messages: list[bytes], cuts: list[int], pause: float) -> None:
    """A request on a stream gets one final response at most, however the stream is cut."""
    stack = new_stack()
    network = Sea(stack)
    flow = network.connect(("127.0.0.1", 40000), ("127.0.0.1", 5060))
    data = b"".join(messages)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in pairwise(edges):
        if start < end and not flow.closed:
            network.receive(flow, data[start:end])
            network.advance(pause)
    network.advance(200)
    finals: dict[tuple[bytes | None, ...], set[bytes]] = defaultdict(set)
    for sent in network.sent:
        if _is_final(sent) and sent.message.status not in NO_TRANSACTION:
            fields = sent.message.fields
            key = tuple(fields.get(name) for name in (b"via", b"call-id", b"cseq", b"from", b"to"))
            finals[key].add(sent.data)
    for responses in finals.values():
        assert len(responses) == 1, responses
    _is_sound(stack, network)


def _is_final(sent: Sent) -> bool:
    return sent.data != b"\r\n" and sent.message.status >= 200


def _is_sound(stack: Stack, network: Sea) -> None:
    """Fail unless all that was sent can be read, nothing is kept, and OPTIONS is answered."""
    for data in {sent.data for sent in network.sent} - {b"\r\n"}:
        well_formed(data)
    assert left_over(stack) == {}
    assert stack.next_deadline() is None
    for flow in (network.datagrams(), network.connect()):
        answers = network.receive(flow, OPTIONS_BEHIND)
        assert [answer.message.status for answer in answers] == [200]
        network.advance(60)
