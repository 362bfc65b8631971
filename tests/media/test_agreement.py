"""What comes of two descriptions, whichever of them was the offer."""

import pytest

from responder.media.agreement import Agreed, agree
from responder.media.codecs import OPUS, PCMA, PCMU
from responder.media.sdp import Session, parse

HEAD = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"


def described(*lines: bytes, head: bytes = HEAD) -> Session:
    return parse(head + b"".join(line + b"\r\n" for line in lines))


def agreed(ours: Session, theirs: Session) -> Agreed:
    found = agree(ours, theirs)
    assert found is not None
    return found


def test_what_is_sent_is_the_first_format_of_the_other_side() -> None:
    ours = described(b"m=audio 4000 RTP/AVP 0 8")
    found = agreed(ours, described(b"m=audio 5000 RTP/AVP 18 8 0"))
    assert (found.codec, found.payload_type) == (PCMA, 8)
    assert found.formats == {0: PCMU, 8: PCMA}
    assert (found.sends, found.receives, found.mux) == (True, True, False)


def test_each_side_has_payload_types_of_its_own() -> None:
    """An answer may number a dynamic format in its own way (RFC 3264 section 5.1)."""
    ours = described(b"m=audio 4000 RTP/AVP 96", b"a=rtpmap:96 opus/48000/2")
    theirs = described(b"m=audio 5000 RTP/AVP 107", b"a=rtpmap:107 opus/48000/2")
    found = agreed(ours, theirs)
    assert (found.payload_type, found.formats) == (107, {96: OPUS})


@pytest.mark.parametrize(
    ("ours", "theirs", "sends", "receives"),
    [
        (b"sendrecv", b"sendrecv", True, True),
        (b"sendrecv", b"recvonly", True, False),
        (b"sendrecv", b"sendonly", False, True),
        (b"sendrecv", b"inactive", False, False),
        (b"recvonly", b"sendonly", False, True),
        (b"sendonly", b"recvonly", True, False),
        (b"inactive", b"inactive", False, False),
    ],
)
def test_what_flows_is_what_both_directions_say(
    ours: bytes, theirs: bytes, sends: bool, receives: bool
) -> None:
    mine, other = b"m=audio 4000 RTP/AVP 0", b"m=audio 5000 RTP/AVP 0"
    found = agreed(described(mine, b"a=" + ours), described(other, b"a=" + theirs))
    assert (found.sends, found.receives) == (sends, receives)


@pytest.mark.row("OAN-08")
def test_nothing_is_sent_to_a_void_address() -> None:
    head = HEAD.replace(b"c=IN IP4 192.0.2.1", b"c=IN IP4 0.0.0.0")
    theirs = described(b"m=audio 5000 RTP/AVP 0", head=head)
    found = agreed(described(b"m=audio 4000 RTP/AVP 0"), theirs)
    assert (found.sends, found.receives) == (False, True)


@pytest.mark.parametrize(
    ("ours", "theirs", "mux"),
    [(True, True, True), (True, False, False), (False, True, False)],
)
def test_rtcp_shares_the_port_if_both_say_so(ours: bool, theirs: bool, mux: bool) -> None:
    stream = b"m=audio 4000 RTP/AVP 0"
    mine = described(stream, *[b"a=rtcp-mux"] * ours)
    assert agreed(mine, described(stream, *[b"a=rtcp-mux"] * theirs)).mux is mux


@pytest.mark.parametrize(
    "theirs",
    [
        described(),
        described(b"m=audio 0 RTP/AVP 0"),
        described(b"m=audio 5000 RTP/AVP 18"),
        described(b"m=audio 5000 RTP/AVP 101", b"a=rtpmap:101 telephone-event/8000"),
        described(b"m=video 5000 RTP/AVP 31", b"m=audio 5002 RTP/AVP 0"),
    ],
    ids=["no-stream", "refused", "other-codec", "events-only", "another-place"],
)
def test_no_stream_in_use_is_no_agreement(theirs: Session) -> None:
    events = b"a=rtpmap:101 telephone-event/8000"
    assert agree(described(b"m=audio 4000 RTP/AVP 0 101", events), theirs) is None


def test_the_stream_in_use_may_stand_further_below() -> None:
    ours = described(b"m=video 0 RTP/AVP 31", b"m=audio 4000 RTP/AVP 8")
    theirs = described(b"m=video 5000 RTP/AVP 31", b"m=audio 5002 RTP/AVP 8")
    assert agreed(ours, theirs).codec is PCMA
