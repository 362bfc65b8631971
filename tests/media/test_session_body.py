import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.media.negotiation import NO_COMMON_CODEC, LocalMedia, offer
from responder.media.sdp import parse as parse_sdp
from responder.media.session_body import SDP, offered, session_body
from responder.sip.errors import Malformed
from responder.sip.message import Message, parse

LOCAL = LocalMedia("198.51.100.7", 4000, session_id=4711, version=3)
OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
    b"m=audio 40000 RTP/AVP 8\r\n"
)
VIDEO = OFFER.replace(b"m=audio 40000 RTP/AVP 8", b"m=audio 40000 RTP/AVP 99")


def request(body: bytes, kind: bytes = SDP, *lines: bytes) -> Message:
    named = [b"Content-Type: " + kind] if kind else []
    head = [b"INVITE sip:h SIP/2.0", *named, *lines, b"Content-Length: %d" % len(body)]
    return parse(b"\r\n".join([*head, b"", body]))


def multipart(*sections: bytes, boundary: bytes = b"x") -> bytes:
    delimited = [b"--%b\r\n%b\r\n" % (boundary, section) for section in sections]
    return b"".join(delimited) + b"--%b--\r\n" % boundary


OFFER_PART = b"Content-Type: application/sdp\r\n\r\n" + OFFER
TEXT_PART = b"Content-Type: text/plain\r\n\r\nhello"
EARLY_PART = b"Content-Type: application/sdp\r\nContent-Disposition: Early-Session\r\n\r\nv=0\r\n"


# What is offered.


@pytest.mark.parametrize(
    "kind", [b"application/sdp", b"Application/SDP; x=y", b"application / sdp"]
)
def test_a_session_description_is_an_offer(kind: bytes) -> None:
    assert offered(request(OFFER, kind)) == OFFER


@pytest.mark.parametrize("disposition", [b"session", b"render;handling=optional", b";", b""])
def test_another_disposition_does_not_make_it_another_thing(disposition: bytes) -> None:
    named = b"Content-Disposition: " + disposition
    assert offered(request(OFFER, SDP, named, b"Content-Encoding: Identity")) == OFFER


@pytest.mark.parametrize(
    "message",
    [
        request(b""),
        request(OFFER, b""),
        request(OFFER, b"text/plain"),
        request(OFFER, b"nonsense"),
        request(OFFER, SDP, b"Content-Encoding: gzip"),
        request(OFFER, SDP, b"Content-Disposition: early-session"),
        request(multipart(TEXT_PART), b"multipart/mixed;boundary=x"),
        request(multipart(EARLY_PART), b"multipart/mixed;boundary=x"),
        request(multipart(OFFER_PART), b"multipart/mixed;boundary=y"),
        request(multipart(OFFER_PART), b"multipart/mixed"),
    ],
    ids=[
        "no-body", "no-type", "another-type", "no-media-type", "compressed", "early-session",
        "no-part", "early-part", "another-boundary", "no-boundary",
    ],
)  # fmt: skip
def test_anything_else_is_none(message: Message) -> None:
    assert offered(message) is None


@pytest.mark.row("BOD-03")
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"multipart/mixed;boundary=x", multipart(OFFER_PART, TEXT_PART)),
        (b"Multipart/Mixed; Boundary=x", multipart(TEXT_PART, EARLY_PART, OFFER_PART)),
        (b'multipart/alternative;boundary="x"', multipart(TEXT_PART, OFFER_PART, OFFER_PART[:50])),
        (
            b"multipart/mixed;boundary=x",
            multipart(
                b"Content-Type: multipart/alternative;boundary=y\r\n\r\n"
                + multipart(TEXT_PART, OFFER_PART, boundary=b"y")
            ),
        ),
    ],
    ids=["first", "last", "alternative", "nested"],
)
def test_the_first_description_of_a_multipart_is_the_offer(kind: bytes, body: bytes) -> None:
    """What stands beside the description in a multipart body does not hide it."""
    found = offered(request(body, kind))
    assert found == OFFER
    made = session_body(request(body, kind), LOCAL)
    assert isinstance(made, bytes)
    assert parse_sdp(made).media[0].port == 4000


# What is answered.


def test_an_offer_is_answered() -> None:
    made = session_body(request(OFFER), LOCAL)
    assert isinstance(made, bytes)
    session = parse_sdp(made)
    assert session.origin.session_id == b"4711"
    assert session.media[0].formats == (b"8",)


def test_without_an_offer_one_is_made() -> None:
    assert session_body(request(b""), LOCAL) == offer(LOCAL).to_bytes()


@pytest.mark.row("INV-03")
def test_an_offer_that_nothing_can_be_done_with_is_refused() -> None:
    """The refusal says why, in words and code of the Warning header field."""
    assert session_body(request(VIDEO), LOCAL) == NO_COMMON_CODEC
    first = session_body(request(OFFER), LOCAL)
    assert isinstance(first, bytes)
    assert session_body(request(VIDEO), LOCAL, first) == NO_COMMON_CODEC


@pytest.mark.parametrize("previous", [b"", offer(LOCAL).to_bytes()], ids=["first", "again"])
def test_an_offer_that_is_no_description_is_malformed(previous: bytes) -> None:
    with pytest.raises(Malformed):
        session_body(request(b"nonsense"), LOCAL, previous)


@pytest.mark.parametrize("body", [OFFER, b""], ids=["offer", "none"])
def test_a_session_keeps_its_origin_and_counts_its_changes(body: bytes) -> None:
    first = session_body(request(OFFER), LOCAL)
    assert isinstance(first, bytes)
    other = LocalMedia("198.51.100.7", 4000, session_id=9, version=1)
    moved = LocalMedia("198.51.100.7", 4002, session_id=9, version=1)
    same, changed = (session_body(request(body), local, first) for local in (other, moved))
    assert isinstance(same, bytes)
    assert isinstance(changed, bytes)
    assert parse_sdp(same).origin == parse_sdp(first).origin
    assert parse_sdp(changed).origin.session_id == b"4711"
    assert parse_sdp(changed).origin.version == b"4"
    assert parse_sdp(changed).media[0].port == 4002


@given(
    st.lists(
        st.sampled_from(
            [b"v=0\r\n", b"o=- 1 1 IN IP4 h\r\n", b"s=-\r\n", b"c=IN IP4 1.2.3.4\r\n", b"t=0 0\r\n",
             b"m=audio 1 RTP/AVP 0\r\n", b"--x\r\n", b"--x--", b"Content-Type: application/sdp\r\n",
             b"\r\n", b"a=sendonly\r\n", b"\xff", b"m=audio 0 RTP/AVP 8\r\n"]
        ),
        max_size=12,
    ).map(b"".join),
    st.sampled_from([SDP, b"multipart/mixed;boundary=x", b"multipart/x", b"x", b""]),
    st.sampled_from([b"", offer(LOCAL).to_bytes()]),
)  # fmt: skip
def test_no_body_raises_anything_else(body: bytes, kind: bytes, previous: bytes) -> None:
    try:
        made = session_body(request(body, kind), LOCAL, previous)
    except Malformed:
        return
    if isinstance(made, bytes):
        parse_sdp(made)
