from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.sip.errors import Malformed
from responder.sip.events import Address, Flow
from responder.sip.headers.via import parse_via, parse_via_list
from responder.sip.routing import KEEP_SECONDS, reconnect_addresses, top_via
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens
from tests.proportion import least_time

PEER: Address = ("192.0.2.9", 5070)
PEER6: Address = ("2001:db8::9", 5070)


def flow(transport: str = "udp", remote: Address = PEER) -> Flow:
    return Flow(transport, ("192.0.2.1", 5060), remote)


def filled(value: bytes, transport: str = "udp", remote: Address = PEER) -> bytes:
    return top_via(value, flow(transport, remote))[2]


def goes_to(value: bytes, transport: str = "udp", remote: Address = PEER) -> Address | None:
    return top_via(value, flow(transport, remote))[3]


# received and rport.


@pytest.mark.row("TRN-01")
@pytest.mark.parametrize(
    ("sent_by", "remote", "added"),
    [
        (b"192.0.2.9:5070", PEER, b""),
        (b"192.0.2.9", PEER, b""),
        (b"192.0.2.9:5099", PEER, b""),
        (b"192.0.2.77:5070", PEER, b";received=192.0.2.9"),
        (b"phone.example", PEER, b";received=192.0.2.9"),
        (b"phone.example:5070", PEER, b";received=192.0.2.9"),
        (b"[2001:DB8::9]:5070", PEER6, b""),
        (b"[2001:db8::9]", PEER6, b""),
        (b"[2001:db8::8]", PEER6, b";received=2001:db8::9"),
    ],
)
def test_received_is_added_where_sent_by_is_not_the_source(
    sent_by: bytes, remote: Address, added: bytes
) -> None:
    """A name, or an address other than the packet's, gets the packet's beside it."""
    value = b"SIP/2.0/UDP " + sent_by + b";branch=z9hG4bKa"
    assert filled(value, remote=remote) == value + added


@pytest.mark.row("TRN-02")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"h;rport;branch=z9hG4bKa", b"h;rport=5070;branch=z9hG4bKa;received=192.0.2.9"),
        (b"h;branch=z9hG4bKa;rport", b"h;branch=z9hG4bKa;rport=5070;received=192.0.2.9"),
        (
            b"192.0.2.9:5070;branch=z9hG4bKa;rport",
            b"192.0.2.9:5070;branch=z9hG4bKa;rport=5070;received=192.0.2.9",
        ),
        (
            b"192.0.2.9:5070 ; RPORT ; branch=z9hG4bKa",
            b"192.0.2.9:5070 ;rport=5070; branch=z9hG4bKa;received=192.0.2.9",
        ),
        (b"h;branch=z9hG4bKa;rport=1", b"h;branch=z9hG4bKa;rport=5070;received=192.0.2.9"),
        (
            b"h;branch=z9hG4bKa;rport;x=y;xrport",
            b"h;branch=z9hG4bKa;rport=5070;x=y;xrport;received=192.0.2.9",
        ),
    ],
    ids=["before", "behind", "same-address", "spaces", "lying", "others"],
)
def test_rport_is_filled_with_the_source_port_and_received_goes_with_it(
    value: bytes, expected: bytes
) -> None:
    """An rport gets the packet's port, and received stands beside it even where it says nothing."""
    assert filled(b"SIP/2.0/UDP " + value) == b"SIP/2.0/UDP " + expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"h;received=6.6.6.6;branch=z9hG4bKa", b"h;branch=z9hG4bKa;received=192.0.2.9"),
        (b"192.0.2.9;branch=z9hG4bKa; received = 6.6.6.6", b"192.0.2.9;branch=z9hG4bKa"),
    ],
)
def test_what_the_peer_says_it_was_received_from_is_not_repeated(
    value: bytes, expected: bytes
) -> None:
    assert filled(b"SIP/2.0/UDP " + value) == b"SIP/2.0/UDP " + expected


def test_only_the_first_of_several_is_filled_in() -> None:
    lower = b'SIP/2.0/TCP proxy;branch=1;rport, SIP/2.0/UDP "?'
    value = b"SIP/2.0/UDP h;branch=z9hG4bKa;rport, SIP/2.0/TCP proxy;branch=1;rport"
    assert filled(value) == (
        b"SIP/2.0/UDP h;branch=z9hG4bKa;rport=5070;received=192.0.2.9, "
        b"SIP/2.0/TCP proxy;branch=1;rport"
    )
    with pytest.raises(Malformed):
        top_via(b"SIP/2.0/UDP h;branch=z9hG4bKa, " + lower, flow())


@pytest.mark.row("TRN-13")
@pytest.mark.parametrize("keep", [b"keep", b"KEEP", b" keep "])
def test_keep_is_answered_with_seconds(keep: bytes) -> None:
    """A client that offers keep-alives is told how often they are wanted (RFC 6223 section 4.4)."""
    value = filled(b"SIP/2.0/UDP 192.0.2.9:5070;" + keep + b";branch=z9hG4bKa")
    assert parse_via(value).keep == b"%d" % KEEP_SECONDS
    assert parse_via(value).branch == b"z9hG4bKa"


@pytest.mark.row("TRN-13")
def test_a_keep_with_a_value_is_left_as_it_is() -> None:
    """Only a keep without a value is an offer."""
    value = b"SIP/2.0/UDP 192.0.2.9:5070;keep=9;branch=z9hG4bKa;xkeep"
    assert filled(value) == value


@pytest.mark.row("TRN-13")
def test_every_response_of_a_request_says_the_same_keep() -> None:
    """100, 180 and the final response carry one value, since it belongs to the request."""
    network = Network(Stack(Settings(), counted_tokens()))
    invite = (
        b"INVITE sip:180-486@h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKa;keep\r\n"
        b"From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n"
        b"Contact: <sip:a@192.0.2.9>\r\n\r\n"
    )
    messages = [sent.message for sent in network.receive(network.datagrams(), invite)]
    assert [message.status for message in messages] == [100, 180, 486]
    kept = {parse_via(message.fields[b"via"]).keep for message in messages}
    assert kept == {b"%d" % KEEP_SECONDS}


# Where responses go.


@pytest.mark.row("TRN-03", "TRN-04", "TRN-05", "TRN-11")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"192.0.2.9:5070;branch=z9hG4bKa", None),
        (b"192.0.2.9:5099;branch=z9hG4bKa", ("192.0.2.9", 5099)),
        (b"192.0.2.9;branch=z9hG4bKa", ("192.0.2.9", 5060)),
        (b"phone.example:5099;branch=z9hG4bKa", ("192.0.2.9", 5099)),
        (b"phone.example;branch=z9hG4bKa", ("192.0.2.9", 5060)),
        (b"phone.example:0;branch=z9hG4bKa", ("192.0.2.9", 5060)),
        (b"phone.example:5099;branch=z9hG4bKa;rport", None),
        (b"phone.example:5099;branch=z9hG4bKa;x=y;rport", None),
        (b"192.0.2.9:5070;maddr=239.1.2.3;branch=z9hG4bKa", ("239.1.2.3", 5070)),
        (b"192.0.2.9;maddr=m.example;rport;branch=z9hG4bKa", ("m.example", 5060)),
        (b"192.0.2.9;maddr=[2001:db8::1];branch=z9hG4bKa", ("2001:db8::1", 5060)),
    ],
)
def test_a_datagram_response_goes_where_the_via_says(
    value: bytes, expected: Address | None
) -> None:
    """To maddr; else, with rport, to the source; else to the source address and sent-by port."""
    assert goes_to(b"SIP/2.0/UDP " + value) == expected


@pytest.mark.row("TRN-06")
@pytest.mark.parametrize("transport", ["tcp", "tls", "ws", "wss"])
def test_a_stream_response_goes_over_its_connection(transport: str) -> None:
    """Neither sent-by nor maddr turns a response away from the connection of its request."""
    value = b"SIP/2.0/TCP h:5099;maddr=239.1.2.3;branch=z9hG4bKa"
    assert goes_to(value, transport) is None


@pytest.mark.row("TRN-06", "TRN-09", "TRN-11")
@pytest.mark.parametrize(
    ("value", "transport", "expected"),
    [
        (b"192.0.2.9:5099", "tcp", [("192.0.2.9", 5099)]),
        (b"192.0.2.9", "tcp", [("192.0.2.9", 5060)]),
        (b"192.0.2.9", "tls", [("192.0.2.9", 5061)]),
        (b"192.0.2.8:5099", "tcp", [("192.0.2.9", 5099), ("192.0.2.8", 5099)]),
        (b"192.0.2.8", "tls", [("192.0.2.9", 5061), ("192.0.2.8", 5061)]),
        (b"[2001:db8::1]", "tcp", [("192.0.2.9", 5060), ("2001:db8::1", 5060)]),
        (b"phone.example:5099", "tcp", [("192.0.2.9", 5099), ("phone.example", 5099)]),
        (b"phone.example", "tcp", [("192.0.2.9", 5060), ("phone.example", 0)]),
        (b"10.example", "tls", [("192.0.2.9", 5061), ("10.example", 0)]),
        (b"!!!:99999", "tcp", [("192.0.2.9", 5060)]),
    ],
)
def test_a_lost_connection_is_made_anew_to_the_source_and_then_to_sent_by(
    value: bytes, transport: str, expected: list[Address]
) -> None:
    """The port is sent-by's; a name without one keeps 0, so that SRV records are asked."""
    via = b"SIP/2.0/TCP " + value + b";branch=z9hG4bKa;rport=5070;received=192.0.2.9"
    assert reconnect_addresses(via + b", SIP/2.0/UDP other", flow(transport)) == expected


# Branch and sent-by.


@pytest.mark.row("TXN-01")
@pytest.mark.parametrize(
    ("value", "key"),
    [
        (b"192.0.2.9:5070;branch=z9hG4bKa", (b"z9hG4bKa", b"192.0.2.9:5070")),
        (b"Phone.Example;branch=z9hG4bKA;rport", (b"z9hG4bKA", b"phone.example")),
        (b"Phone.Example ; branch = z9hG4bKA", (b"z9hG4bKA", b"phone.example")),
        (b"Phone.Example:5070;branch=z9hG4bKA", (b"z9hG4bKA", b"phone.example:5070")),
        (b"[2001:DB8::1]:5070;branch=z9hG4bKA", (b"z9hG4bKA", b"[2001:db8::1]:5070")),
    ],
)
def test_branch_and_sent_by_are_the_same_in_every_form(
    value: bytes, key: tuple[bytes, bytes]
) -> None:
    """A transaction is found however its Via is written; host names have no case."""
    assert top_via(b"SIP/2.0/UDP " + value, flow())[:2] == key


@pytest.mark.row("TXN-02")
@pytest.mark.parametrize("value", [b"h", b"h;branch=1", b"h;branch=Z9HG4BK1", b"h;branch"])
def test_a_branch_without_the_cookie_is_none(value: bytes) -> None:
    """A peer of RFC 2543 promises nothing about its branch, so that it identifies nothing."""
    assert top_via(b"SIP/2.0/UDP " + value, flow())[0] == b""


@pytest.mark.row("TXN-03")
@pytest.mark.parametrize(
    "value", [b"h;branch=z9hG4bK", b"h;branch=z9hG4bK;rport", b"h;branch= z9hG4bK"]
)
def test_a_branch_that_is_only_the_cookie_is_malformed(value: bytes) -> None:
    """It identifies nothing, and its sender claims that it does."""
    with pytest.raises(Malformed, match="branch is only the magic cookie"):
        top_via(b"SIP/2.0/UDP " + value, flow())


@pytest.mark.row("SYN-05")
@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"h",
        b"SIP/2.0/UDP",
        b"SIP/2.0/UDP h;branch=z9hG4bKa;branch=z9hG4bKb",
        b"SIP/2.0/UDP h;rport;branch=z9hG4bKa;rport",
        b"SIP/2.0/UDP h;;branch=z9hG4bKa",
        b"SIP/2.0/UDP ::1;branch=z9hG4bKa",
        b"SIP/2.0/UDP h:99999;branch=z9hG4bKa",
        b"SIP/2.0/UDP h;branch=z9hG4bKa,",
        b'SIP/2.0/UDP h;branch="z9hG4bKa',
    ],
)
def test_a_top_via_that_follows_no_grammar_is_malformed(value: bytes) -> None:
    """A parameter that occurs twice is among the faults."""
    with pytest.raises(Malformed):
        top_via(value, flow())


@given(
    st.lists(
        st.sampled_from(
            [b"SIP/2.0/UDP ", b"h", b":5060", b";rport", b";branch=z9hG4bKa", b";received=1.2.3.4",
             b";keep", b";maddr=1.2.3.4", b";x=y", b" ", b",", b";", b'"', b"=1", b"[::1]", b"\xff"]
        ),
        max_size=12,
    ).map(b"".join),
    st.sampled_from([PEER, PEER6]),
)  # fmt: skip
def test_what_is_filled_in_reads_like_a_via(value: bytes, remote: Address) -> None:
    try:
        branch, sent_by, answer, _ = top_via(value, flow(remote=remote))
    except Malformed:
        return
    assert sent_by
    assert branch[:7] in {b"", b"z9hG4bK"}
    with suppress(Malformed):
        parse_via_list(value)
        # A Via of the usual form is taken without a close look at its sent-by.
        first = parse_via_list(answer)[0]
        assert first.rport in {None, b"5070"}
        assert first.received in {None, remote[0].encode()}
    assert reconnect_addresses(answer, flow("tcp", remote))[0][0] == remote[0]


@pytest.mark.row("SYN-18")
@pytest.mark.parametrize(
    ("start", "unit", "end"),
    [
        (b"h", b" ", b";branch=z9hG4bKa;rport;received=1;keep"),
        (b"h;branch=z9hG4bKa;rport", b" ", b";keep"),
        (b"h;branch=z9hG4bKa;received=1.2.3.4;keep", b"\t", b""),
        (b"h;rport;branch=z9hG4bK", b"a", b""),
        (b"h;rport;branch=z9hG4bKa", b", SIP/2.0/UDP h", b""),
    ],
    ids=["spaces", "spaces-behind", "tabs", "branch", "list"],
)
def test_a_long_via_takes_time_in_proportion(start: bytes, unit: bytes, end: bytes) -> None:
    """A Via 16 times as long may take some 16 times as long, never 256 times."""
    short, long = (b"SIP/2.0/UDP " + start + unit * count + end for count in (1_000, 16_000))
    peer = flow()
    assert least_time(lambda: top_via(long, peer)) < 64 * max(
        least_time(lambda: top_via(short, peer)), 20e-6
    )
