from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.codes import phrase
from responder.sip import capabilities
from responder.sip.headers.uri import Uri
from responder.sip.message import Message, parse
from responder.sip.settings import Limits, Settings
from responder.sip.validation import Examined, Refusal, examine, inspect, refuse, request_uri
from responder.stack import Stack
from responder.testing.caller import Caller, Headers
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens
from tests.asking import listed, outcome

LIMITS = Limits()
VIA = b"Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKa"
FROM = b"From: <sip:a@h>;tag=1"
TO = b"To: <sip:b@h>"
CALL_ID = b"Call-ID: 1"


@pytest.fixture
def alice() -> Caller:
    return Caller(Network(Stack(Settings(), counted_tokens())))


def request(
    *lines: bytes, method: bytes = b"OPTIONS", cseq: bytes | None = None, body: bytes = b""
) -> Message:
    usual = {line.partition(b":")[0]: line for line in (VIA, FROM, TO, CALL_ID)}
    for line in lines:
        usual.pop(line.partition(b":")[0], None)
    number = cseq if cseq is not None else b"1 " + method
    head = [method + b" sip:h SIP/2.0", *usual.values(), *lines, b"CSeq: " + number, b"", body]
    return parse(b"\r\n".join(head))


def refusal_of(message: Message) -> Refusal:
    found = examine(message, LIMITS)
    assert isinstance(found, Refusal)
    return found


# Mandatory header fields.


def test_a_sound_request_says_its_tags_and_number() -> None:
    assert examine(request(), LIMITS) == Examined(b"1", b"", 1)
    odd = request(b"To: B <SIPS:b@h>;tag=T", b"From: sip:a@h;x=y;TAG=F", cseq=b"007 \t OPTIONS")
    assert examine(odd, LIMITS) == Examined(b"F", b"T", 7)
    assert examine(request(b"From: <tel:+49>"), LIMITS) == Examined(b"", b"", 1)


@pytest.mark.row("VAL-01", "VAL-20")
@pytest.mark.parametrize("left_out", ["To", "From", "Call-ID", "CSeq", "Via"])
@pytest.mark.parametrize("method", ["OPTIONS", "INVITE", "REGISTER", "FOO"])
def test_a_missing_header_field_is_named(alice: Caller, method: str, left_out: str) -> None:
    """The answer is 400 with a phrase that says what is missing."""
    message = outcome(alice, method, {left_out: None})
    assert message.status == 400
    assert message.reason == b"Bad Request (missing %b)" % left_out.encode()


@pytest.mark.row("VAL-01")
def test_all_that_is_missing_is_named_at_once() -> None:
    """A request with nothing but a Via is refused like one that lacks a single field."""
    assert refusal_of(parse(b"OPTIONS sip:h SIP/2.0\r\n" + VIA + b"\r\n\r\n")).reason == (
        b"Bad Request (missing To, From, Call-ID, CSeq)"
    )


@pytest.mark.row("VAL-02")
@pytest.mark.parametrize("method", ["OPTIONS", "INVITE"])
def test_max_forwards_may_be_left_out(alice: Caller, method: str) -> None:
    """A peer of RFC 2543 knows no Max-Forwards."""
    assert outcome(alice, method, {"Max-Forwards": None}).status == 200


@pytest.mark.row("VAL-17")
@pytest.mark.parametrize("method", ["OPTIONS", "INVITE"])
@pytest.mark.parametrize("hops", ["0", "00", "70", "4294967296000"])
def test_the_target_of_a_request_looks_at_no_hops(alice: Caller, method: str, hops: str) -> None:
    """Max-Forwards 0 stops a request at proxies, not here; a number too large harms nobody."""
    assert outcome(alice, method, {"Max-Forwards": hops}).status == 200


@pytest.mark.parametrize("hops", ["-1", "many", "", "7 0", "1.5"])
def test_max_forwards_is_a_number(alice: Caller, hops: str) -> None:
    response = outcome(alice, "OPTIONS", {"Max-Forwards": hops})
    assert (response.status, response.reason) == (400, b"Bad Request (Max-Forwards is no number)")


@pytest.mark.row("VAL-03", "VAL-04", "VAL-20")
@pytest.mark.parametrize(
    ("method", "cseq", "status", "phrase"),
    [
        ("OPTIONS", "1 INVITE", 400, b"CSeq method differs from the request line"),
        ("OPTIONS", "1 options", 400, b"CSeq method differs from the request line"),
        ("NEWMETHOD", "1 OPTIONS", 501, b""),
        ("NEWMETHOD", "1 newmethod", 501, b""),
        ("OPTIONS", "4294967296 OPTIONS", 400, b"CSeq number over 32 bits"),
        ("OPTIONS", "36893488147419103232 OPTIONS", 400, b"CSeq number over 32 bits"),
        ("OPTIONS", "9" * 5000 + " OPTIONS", 400, b"CSeq number over 32 bits"),
        ("OPTIONS", "-1 OPTIONS", 400, b"malformed CSeq"),
        ("OPTIONS", "OPTIONS", 400, b"malformed CSeq"),
        ("OPTIONS", "1", 400, b"malformed CSeq"),
        ("OPTIONS", "", 400, b"malformed CSeq"),
        ("OPTIONS", "1 OPTIONS again", 400, b"malformed CSeq"),
        ("OPTIONS", "1_0 OPTIONS", 400, b"malformed CSeq"),
    ],
)
def test_a_cseq_that_does_not_fit_is_refused(
    alice: Caller, method: str, cseq: str, status: int, phrase: bytes
) -> None:
    """Another method is 400, or 501 where it is not even known; a number too large is 400."""
    response = outcome(alice, method, {"CSeq": cseq})
    assert response.status == status
    assert phrase in response.reason


@pytest.mark.row("SYN-17", "VAL-04")
@pytest.mark.parametrize("number", ["0", "1", "4294967295", "00000000000000000007"])
def test_a_cseq_number_of_32_bits_is_taken(alice: Caller, number: str) -> None:
    """Leading zeros do not count, and neither does a header field that is only too large."""
    response = outcome(
        alice,
        "OPTIONS",
        {"CSeq": f"{number}\t OPTIONS", "Expires": "9" * 40, "Max-Forwards": "300"},
    )
    assert response.status == 200
    assert response.header("CSeq") == f"{number}\t OPTIONS"


@pytest.mark.row("VAL-05")
@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("To", ["<sip:b@h>", "<sip:c@h>"]),
        ("From", ["<sip:a@h>;tag=1", "<sip:c@h>;tag=2"]),
        ("Call-ID", ["1", "2"]),
        ("Call-ID", "1, 2"),
        ("CSeq", ["1 OPTIONS", "2 OPTIONS"]),
        ("Max-Forwards", ["70", "70"]),
        ("Max-Forwards", "70, 70"),
        ("To", "<sip:b@h>, <sip:c@h>"),
        ("From", "<sip:a@h>;tag=1, <sip:c@h>;tag=2"),
        ("Content-Type", ["text/plain", "text/html"]),
    ],
)
def test_what_may_come_once_is_refused_when_it_comes_twice(
    alice: Caller, name: str, values: str | Sequence[str]
) -> None:
    """Two values where one belongs, in two lines or in one, are 400."""
    response = outcome(alice, "OPTIONS", {name: values})
    assert response.status == 400
    assert name.lower().encode() in response.reason.lower()


@pytest.mark.parametrize("value", ["", "a b", "a\tb", "a,b", "a\nb"])
def test_a_call_id_is_one_word(value: str) -> None:
    refusal = refusal_of(request(b"Call-ID: " + value.encode()))
    assert refusal == Refusal(400, b"Bad Request (malformed Call-ID)")


@pytest.mark.row("SYN-09", "SYN-11", "SYN-13", "VAL-20")
@pytest.mark.parametrize("name", [b"To", b"From"])
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", b"empty"),
        (b'"open <sip:a@h>', b"unbalanced quote"),
        (b"<sip:a@h", b"unbalanced <"),
        (b"sip:a@h?x=y", b"URI needs <>"),
        (b"<sip:a@h>;;tag=1", b"empty parameter"),
        (b"<sip:a@h>;tag=1;tag=2", b"parameter twice"),
        (b"<sip:a@h>;tag=", b"bad parameter"),
        (b"<>", b"no scheme"),
        (b"Bell, Alex <sip:a@h>", b"bad display name"),
        (b"a\nX: y <sip:a@h>", b"bad display name"),
    ],
)
def test_an_address_that_follows_no_grammar_is_refused(
    name: bytes, value: bytes, reason: bytes
) -> None:
    """The phrase names the header field and what is wrong with it."""
    refusal = refusal_of(request(name + b": " + value))
    assert refusal.status == 400
    assert refusal.reason is not None
    assert name + b": " in refusal.reason
    assert reason in refusal.reason


@pytest.mark.row("VAL-08")
@pytest.mark.parametrize(
    "to", ["<tel:+4930123456>", "<urn:service:sos>", "<sip:nobody@elsewhere.example>", "sip:x@y"]
)
@pytest.mark.parametrize("method", ["OPTIONS", "INVITE", "MESSAGE"])
def test_to_may_name_anybody(alice: Caller, method: str, to: str) -> None:
    """Whom To names, and in what scheme, is no reason to refuse."""
    response = outcome(alice, method, {"To": to})
    assert response.status == 200
    assert str(response.header("To")).startswith(to)


@pytest.mark.row("VAL-08")
def test_a_to_that_is_to_be_refused_gets_403(alice: Caller) -> None:
    """Who wants such a request refused dials the status that the RFC gives it."""
    assert outcome(alice, "OPTIONS", {"To": "<tel:+49>"}, to="403").status == 403


@pytest.mark.row("VAL-18")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Unknown", ';;,,;:=<"%'),
        ("Date", "Fri, 01 Jan 2010 16:00:00 EST"),
        ("Warning", "nonsense"),
        ("Alert-Info", "<<"),
        ("Timestamp", "yesterday"),
        ("Reply-To", '"open'),
        ("Expires", "soon"),
        ("Allow", ",,,"),
        ("Authorization", "NoOne knows=this, scheme"),
        ("Record-Route", "<sip:proxy"),
    ],
)
@pytest.mark.parametrize("method", ["OPTIONS", "INVITE"])
def test_header_fields_that_are_not_needed_are_not_judged(
    alice: Caller, method: str, name: str, value: str
) -> None:
    """Unknown ones, and malformed ones that nothing here depends on, are passed over."""
    assert outcome(alice, method, {name: value}).status == 200


@pytest.mark.row("VAL-23")
def test_header_fields_of_responses_mean_nothing_in_a_request(alice: Caller) -> None:
    """Header fields that belong in responses are passed over in a request."""
    odd = {
        "WWW-Authenticate": 'Digest realm="x"',
        "Unsupported": "100rel",
        "Min-Expires": "60",
        "Retry-After": "5",
        "Server": "x",
        "Allow-Events": "x",
    }
    assert outcome(alice, "OPTIONS", odd).status == 200
    assert outcome(alice, "INVITE", odd).status == 200


@pytest.mark.row("VAL-23")
def test_header_fields_of_requests_mean_nothing_in_a_response(alice: Caller) -> None:
    """Our BYE takes its 200 whatever requests' header fields stand in it."""
    alice.call("200")
    alice.advance(32.0)
    assert alice.ladder()[-1].endswith("<- BYE")
    alice.answer(200, {"Max-Forwards": "0", "Require": "x", "Route": "<sip:x;lr>", "RAck": "x"})
    alice.advance(40.0)
    assert alice.ladder()[-1] == "-> 200 to BYE"


# Sizes.


TOO_LARGE = request(b"Via: SIP/2.0/UDP h;branch=z9hG4bKb", VIA, body=b"x" * 16)
JUST_RIGHT = Limits(
    message=len(TOO_LARGE.data), head=len(TOO_LARGE.data) - 16, headers=6, uri=5, body=16
)


@pytest.mark.row("VAL-12")
@pytest.mark.parametrize(
    ("limits", "status", "cause"),
    [
        (replace(JUST_RIGHT, message=JUST_RIGHT.message - 1), 513, "message"),
        (replace(JUST_RIGHT, head=JUST_RIGHT.head - 1), 513, "head"),
        (replace(JUST_RIGHT, headers=JUST_RIGHT.headers - 1), 513, "headers"),
        (replace(JUST_RIGHT, uri=JUST_RIGHT.uri - 1), 414, "uri"),
        (replace(JUST_RIGHT, body=JUST_RIGHT.body - 1), 413, "body"),
    ],
    ids=["message", "head", "headers", "uri", "body"],
)
def test_what_is_too_large_is_refused_by_what_is_too_large(
    limits: Limits, status: int, cause: str
) -> None:
    """A body over its limit is 413, a URI 414, and 513 whatever else makes a message too large."""
    assert isinstance(examine(TOO_LARGE, JUST_RIGHT), Examined)
    assert examine(TOO_LARGE, limits) == Refusal(status, cause=cause)


# The Request-URI.


@pytest.mark.parametrize("uri", [b"sip:h", b"SIP:486@h:5060;x=y", b"sips:a%20b@[2001:db8::1]"])
def test_a_sip_uri_is_taken(uri: bytes) -> None:
    assert isinstance(request_uri(uri), Uri)


@pytest.mark.row("VAL-07", "SYN-14", "SYN-15", "IP6-01")
@pytest.mark.parametrize(
    ("uri", "status"),
    [
        ("tel:+4930123456", 416),
        ("nobodyKnowsThisScheme:totallyopaquecontent", 416),
        ("http://h/", 416),
        ("<sip:h>", 400),
        (":h", 400),
        ("sip:", 400),
        ("sip:a@2001:db8::1", 400),
        ("sip:h:99999", 400),
        ("sip:h;x=1;x=2", 400),
        ("sip:a@h?Route=%3Csip:x%3E", 400),
    ],
)
@pytest.mark.parametrize("method", ["OPTIONS", "INVITE", "MESSAGE"])
def test_a_request_uri_of_another_kind_is_refused(
    alice: Caller, method: str, uri: str, status: int
) -> None:
    """An unknown scheme is 416; brackets, header fields and faults are 400."""
    assert outcome(alice, method, {"To": "<sip:b@h>"}, to=uri).status == status


@pytest.mark.row("VAL-07")
def test_an_unknown_user_is_404_when_dialled(alice: Caller) -> None:
    """The status for a user that is not there is 404."""
    response = outcome(alice, "INVITE", to="404")
    assert (response.status, response.reason) == (404, b"Not Found")


# Methods.


@pytest.mark.row("VAL-06")
@pytest.mark.parametrize("method", [m.decode() for m in capabilities.METHODS if m != b"ACK"])
def test_a_recognised_method_may_be_disallowed_with_405(alice: Caller, method: str) -> None:
    """The 405 lists in Allow what else may be sent; a CANCEL of nothing stays 481."""
    response = outcome(alice, method, {"To": "<sip:405@h>"}, to="405")
    if method == "CANCEL":
        assert response.status == 481
        return
    assert response.status == 405
    assert listed(response, "Allow") == [each.decode() for each in capabilities.METHODS]


@pytest.mark.row("VAL-06", "SYN-04")
@pytest.mark.parametrize("method", ["FOO", "invite", "Options", "RESPONSE", "!*%zz"])
def test_an_unrecognised_method_is_501(alice: Caller, method: str) -> None:
    """501, with Allow; a method in another case is another method."""
    response = outcome(alice, method)
    assert response.status == 501
    assert b"INVITE" in response.fields[b"allow"]


# Contact.


@pytest.mark.parametrize(
    ("contact", "status"),
    [
        ("<sip:alice@192.0.2.9>", 200),
        ('"A, B" <sips:alice@h;x=y>;q=0.5', 200),
        ("sip:alice@192.0.2.9", 200),
        ("sip:alice@192.0.2.9;expires=5", 200),
        (None, 400),
        ("", 400),
        ("*", 400),
        ("<tel:+49>", 400),
        ("<sip:a@h>, <sip:b@h>", 400),
        (["<sip:a@h>", "<sip:b@h>"], 400),
        ("<sip:a b@h>", 400),
        ("<sip:a\nb@h>", 400),
        ("sip:a@h?x=y", 400),
    ],
)
def test_an_invite_says_in_one_contact_where_to_reach_its_sender(
    alice: Caller, contact: str | Sequence[str] | None, status: int
) -> None:
    assert outcome(alice, "INVITE", {"Contact": contact}).status == status


def test_an_invite_of_rfc_2543_may_have_no_contact(alice: Caller) -> None:
    headers = {"Contact": None, "Via": "SIP/2.0/UDP 192.0.2.9:5070"}
    assert outcome(alice, "INVITE", headers).status == 200


def test_two_vias_do_not_disturb_a_contact(alice: Caller) -> None:
    vias = [f"SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK{n}" for n in range(2)]
    assert outcome(alice, "INVITE", {"Via": vias}).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Contact": "*", "Expires": "0"}, 200),
        ({"Contact": ["<sip:a@h>", "sip:b@h;q=1"]}, 200),
        ({"Contact": None}, 200),
        ({"Contact": "<mailto:a@h>"}, 200),
        ({"Contact": "<sip:a@h>,,"}, 400),
        ({"Contact": "*, <sip:a@h>"}, 400),
        ({"To": "<tel:+49>"}, 400),
    ],
)
def test_a_registration_names_addresses(alice: Caller, headers: Headers, status: int) -> None:
    assert outcome(alice, "REGISTER", headers).status == status


# Merged requests, dialogs, and the way to say no.


@pytest.mark.row("VAL-15")
@pytest.mark.parametrize("method", ["INVITE", "OPTIONS"])
def test_a_request_that_comes_by_two_ways_is_answered_once(alice: Caller, method: str) -> None:
    """Same From tag, Call-ID and CSeq in another transaction: 482 (RFC 3261 section 8.2.2.2)."""
    alice.start(method, "486")
    first = alice.sent
    alice.again(first.replace(alice.branch.encode(), b"z9hG4bKanother-way"))
    alice.again(first)
    finals = [status for status in alice.statuses() if status >= 200]
    assert finals == [486, 482, 486]


@pytest.mark.row("VAL-15")
def test_another_address_of_ours_is_another_server(alice: Caller) -> None:
    """A proxy that was refused at one tries the next with the same From tag, Call-ID and CSeq."""
    alice.call("503-200")
    alice.ack()
    network = alice.network
    elsewhere = network.datagrams(alice.remote, ("192.0.2.1", 5062))
    another = alice.invite.replace(alice.branch.encode(), b"z9hG4bKthe-next")
    answered = [sent.message.status for sent in network.receive(elsewhere, another)]
    assert answered == [100, 200]
    again = another.replace(b"the-next", b"by-another-way")
    assert [sent.message.status for sent in network.receive(elsewhere, again)] == [482]


@pytest.mark.row("VAL-15")
def test_a_request_with_a_to_tag_is_never_merged(alice: Caller) -> None:
    """Inside a dialog the branch alone tells requests apart."""
    alice.call("200")
    alice.ack()
    alice.inside("OPTIONS")
    alice.again(alice.sent.replace(alice.branch.encode(), b"z9hG4bKanother-way"))
    assert alice.statuses()[-2:] == [200, 200]


@pytest.mark.row("VAL-16")
@pytest.mark.parametrize("status", [428, 436, 437, 438])
def test_a_repeat_after_a_failed_identity_is_no_merged_request(alice: Caller, status: int) -> None:
    """An authentication service may try again with the same CSeq (RFC 8224 section 6.2.3)."""
    alice.call(f"{status}-200")
    alice.ack()
    alice.again(alice.invite.replace(alice.branch.encode(), b"z9hG4bKonce-more"))
    assert [each for each in alice.statuses() if each >= 200] == [status, 200]


@pytest.mark.row("VAL-19")
@pytest.mark.parametrize(
    "method", sorted({m.decode() for m in capabilities.METHODS} - {"ACK", "CANCEL", "REGISTER"})
)
def test_a_to_tag_of_no_dialog_is_481(alice: Caller, method: str) -> None:
    """No dialog is recovered here: its requests are told that it does not exist."""
    alice.start(method, "200", {"To": "<sip:200@192.0.2.1>;tag=unheard-of"})
    assert alice.statuses() == [481]
    assert alice.last().header("To") == "<sip:200@192.0.2.1>;tag=unheard-of"


@pytest.mark.row("VAL-19")
def test_an_ack_of_no_dialog_is_not_answered(alice: Caller) -> None:
    """Nothing ever answers an ACK."""
    alice.start("ACK", "200", {"To": "<sip:200@192.0.2.1>;tag=unheard-of", "CSeq": "1 ACK"})
    assert alice.statuses() == []


@pytest.mark.row("VAL-20")
@pytest.mark.parametrize(
    ("status", "why", "reason"),
    [
        (400, "missing To", b"Bad Request (missing To)"),
        (400, "a\r\nb\x00 \u00e9", "Bad Request (a??b? é)".encode()),
        (400, "x" * 500, b"Bad Request (" + b"x" * 147),
        (500, "Server Internal Error (why)", b"Server Internal Error (why)"),
        (481, "", None),
    ],
)
def test_a_refusal_says_why_on_one_line(status: int, why: str, reason: bytes | None) -> None:
    """What a peer wrote cannot end the line or make it long."""
    assert refuse(status, why) == Refusal(status, reason)


@pytest.mark.row("VAL-24")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_response_without_a_body_says_so(transport: str) -> None:
    """Content-Length 0 stands in each of them, whatever the status."""
    network = Network(Stack(Settings(), counted_tokens()))
    alice = Caller(network, transport)
    for status in (100, 180, 199, 302, 401, 486, 503, 600):
        alice.call(f"{status}-486")
    for method in ("OPTIONS", "FOO"):
        alice.start(method)
    broken = outcome(alice, "REGISTER", {"To": None})
    messages = [sent.message for sent in network.sent]
    assert broken.data in [message.data for message in messages]
    assert len({message.status for message in messages}) == 10
    for message in messages:
        assert message.body == b""
        assert message.fields[b"content-length"] == b"0"


def test_phrases_come_from_the_registry_where_no_fault_is_named(alice: Caller) -> None:
    response = outcome(alice, "OPTIONS", {"Require": "x"})
    assert response.reason == phrase(420).encode()


@given(
    st.lists(
        st.sampled_from(
            [b"Require: sec-agree", b"Require: a, b", b"Accept: x", b"Accept:", b"Contact: *",
             b"Contact: <sip:a@h>", b"Content-Type: x/y", b"Content-Type: ;", b"Replaces: x",
             b"Content-Disposition: ;handling=optional", b"Content-Encoding: ,", b"Max-Forwards: x",
             b"To: <sip:a@h>;tag=", b"From: \xff <sip:\xff@h>", b"Content-Language: en-,-",
             b"To: \"", b"From: sip:a@h;tag=1", b"Call-ID: @", b"Join: y;to-tag=1;from-tag=2"]
        ),
        max_size=6,
    ),
    st.sampled_from([b"INVITE", b"OPTIONS", b"REGISTER", b"MESSAGE", b"FOO"]),
    st.sampled_from([b"", b"x", b"\r\n\r\n"]),
)  # fmt: skip
def test_no_header_fields_raise(lines: list[bytes], method: bytes, body: bytes) -> None:
    message = request(*lines, method=method, body=body)
    if isinstance(examine(message, LIMITS), Examined):
        found = inspect(message, request_uri(message.uri))
        assert found is None or 400 <= found.status < 600
