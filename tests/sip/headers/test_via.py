import pytest

from responder.sip.errors import Malformed
from responder.sip.headers.via import Via, parse_via, parse_via_list


def test_the_usual_value() -> None:
    via = parse_via(
        b"SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776;rport;keep;ttl=16;maddr=224.2.0.1"
    )
    assert (via.protocol, via.transport, via.host, via.port) == (
        b"SIP/2.0",
        b"UDP",
        b"192.0.2.1",
        5060,
    )
    assert via.branch == b"z9hG4bK776"
    assert via.has_cookie
    assert via.rport == b""
    assert via.keep == b""
    assert via.received is None
    assert via.maddr == b"224.2.0.1"
    assert via.ttl == 16
    assert via.sent_by == b"192.0.2.1:5060"


def test_what_is_absent_is_none() -> None:
    via = parse_via(b"SIP/2.0/TCP host")
    assert via == Via(b"SIP/2.0", b"TCP", b"host")
    assert (via.branch, via.rport, via.keep, via.received, via.maddr, via.ttl) == (None,) * 6
    assert not via.has_cookie
    assert via.sent_by == b"host"


@pytest.mark.parametrize(
    ("branch", "expected"),
    [(b"z9hG4bK1", True), (b"Z9HG4BK1", True), (b"z9hG4bK", False), (b"1", False)],
    ids=repr,
)
def test_the_cookie_needs_something_behind_it(branch: bytes, expected: bool) -> None:
    assert parse_via(b"SIP/2.0/UDP h;branch=" + branch).has_cookie is expected


@pytest.mark.parametrize(
    ("ttl", "expected"),
    [(b"0", 0), (b"255", 255), (b"256", None), (b"x", None), (b"0001", None)],
    ids=repr,
)
def test_ttl(ttl: bytes, expected: int | None) -> None:
    assert parse_via(b"SIP/2.0/UDP h;ttl=" + ttl).ttl == expected


@pytest.mark.row("SYN-02")
@pytest.mark.parametrize(
    "value",
    [
        b"SIP  / 2.0  / UDP  192.0.2.2 : 5061;branch=390skdjuw",
        b"SIP/2.0/UDP\t192.0.2.2:5061 ; branch = 390skdjuw",
        b"SIP /\t2.0/ UDP 192.0.2.2: 5061 ;branch= 390skdjuw",
    ],
    ids=repr,
)
def test_white_space_is_allowed_round_slashes_colon_and_parameters(value: bytes) -> None:
    expected = Via(b"SIP/2.0", b"UDP", b"192.0.2.2", 5061, ((b"branch", b"390skdjuw"),))
    assert parse_via(value) == expected


@pytest.mark.row("SYN-16")
@pytest.mark.parametrize("transport", [b"SCTP", b"TLS-SCTP", b"UNKNOWN", b"ws"], ids=repr)
def test_any_transport_is_taken(transport: bytes) -> None:
    top, lower = parse_via_list(b"SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/" + transport + b" b")
    assert (top.transport, lower.transport) == (b"UDP", transport)


@pytest.mark.row("SYN-03")
def test_a_list_keeps_its_order() -> None:
    vias = parse_via_list(b'SIP/2.0/UDP a;x="1,2" ,SIP/2.0/UDP b,  SIP/2.0/UDP c')
    assert [via.host for via in vias] == [b"a", b"b", b"c"]


@pytest.mark.row("SYN-18")
def test_many_hops_are_parsed() -> None:
    assert len(parse_via_list(b", ".join([b"SIP/2.0/UDP h;branch=z9hG4bK1"] * 2000))) == 2000


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (b"", "bad protocol"),
        (b"SIP/2.0 192.0.2.1", "bad protocol"),
        (b"SIP/2.0/UDP", "bad protocol"),
        (b"SIP/2.0/UDP ", "bad sent-by"),
        (b"SIP/2.0/UDP ;branch=x", "bad sent-by"),
        (b"SIP/2.0/UDP h:", "bad sent-by"),
        (b"SIP/2.0/UDP h:1234567", "bad sent-by"),
        (b"SIP/2.0/UDP h:65536", "bad port"),
        (b"SIP/2.0/UDP a b", "bad parameter"),
        (b"SIP/2.0/UDP h;branch=a b", "bad parameter"),
        pytest.param(
            b"SIP/2.0/UDP h;;branch=x", "empty parameter", marks=pytest.mark.row("SYN-13")
        ),
        pytest.param(
            b"SIP/2.0/UDP h,,SIP/2.0/UDP b", "empty element", marks=pytest.mark.row("SYN-13")
        ),
        pytest.param(
            b"SIP/2.0/UDP h;branch=a;Branch=b", "parameter twice", marks=pytest.mark.row("SYN-05")
        ),
        pytest.param(b"SIP/2.0/UDP 2001:db8::1", "bad sent-by", marks=pytest.mark.row("IP6-01")),
        (b"SIP/2.0/UDP [1::2::3]", "bad IPv6 address"),
    ],
    ids=repr,
)
def test_what_is_no_via(value: bytes, fault: str) -> None:
    with pytest.raises(Malformed, match=f"^Via: {fault}$"):
        parse_via_list(value)


@pytest.mark.row("IP6-02")
def test_the_port_stands_behind_the_bracket() -> None:
    via = parse_via(b"SIP/2.0/UDP [2001:db8::9:1]:5061;branch=z9hG4bKx")
    assert (via.host, via.port, via.sent_by) == (b"2001:db8::9:1", 5061, b"[2001:db8::9:1]:5061")


@pytest.mark.row("IP6-03")
@pytest.mark.parametrize("received", [b"[2001:db8::9:255]", b"2001:db8::9:255"], ids=repr)
def test_received_is_taken_with_or_without_brackets(received: bytes) -> None:
    via = parse_via(b"SIP/2.0/UDP h;received=" + received + b";rport=5060")
    assert via.received == b"2001:db8::9:255"
    assert via.rport == b"5060"


def test_maddr_is_given_without_brackets() -> None:
    assert parse_via(b"SIP/2.0/UDP h;maddr=[ff02::1]").maddr == b"ff02::1"


@pytest.mark.row("IP6-04")
def test_a_mixed_list_of_ipv4_and_ipv6_hops() -> None:
    vias = parse_via_list(
        b"SIP/2.0/UDP [2001:db8::1]:5061;received=2001:db8::2,SIP/2.0/TCP 192.0.2.1:5060, "
        b"SIP/2.0/TCP [::ffff:192.0.2.2]"
    )
    assert [via.host for via in vias] == [b"2001:db8::1", b"192.0.2.1", b"::ffff:192.0.2.2"]


@pytest.mark.row("IP6-05")
def test_the_form_with_an_extra_colon_is_read_as_the_address_it_means() -> None:
    assert parse_via(b"SIP/2.0/UDP [2001:db8:::192.0.2.1]").host == b"2001:db8::192.0.2.1"
