import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.media.codecs import CODECS, Codec
from responder.media.negotiation import (
    FAMILY_UNUSABLE,
    MULTICAST,
    NETWORK_UNKNOWN,
    NO_AUDIO,
    NO_COMMON_CODEC,
    PROTOCOL_UNKNOWN,
    SEVERAL_PORTS,
    Draft,
    LocalMedia,
    Refused,
    answer,
    answer_bytes,
    draft,
    next_version,
    offer,
)
from responder.media.sdp import Connection, Direction, Media, Origin, Session, parse
from responder.sip.errors import Malformed, Misuse

LOCAL = LocalMedia("198.51.100.7", 4000, session_id=4711, version=3)
SESSION = (
    b"v=0",
    b"o=user1 53655765 2353687637 IN IP4 192.0.2.1",
    b"s=Subject of the caller",
    b"c=IN IP4 192.0.2.1",
    b"t=0 0",
)
AUDIO = (b"m=audio 6000 RTP/AVP 0", b"a=rtpmap:0 PCMU/8000")
VIDEO = (b"m=video 6002 RTP/AVP 31",)


def body(*lines: bytes) -> bytes:
    return b"".join(line + b"\r\n" for line in lines)


def answered(*lines: bytes, local: LocalMedia = LOCAL) -> Session:
    """The answer to the caller's session with these lines at its end, both ways of making it."""
    text = body(*SESSION, *lines)
    result = answer(parse(text), local)
    assert isinstance(result, Session)
    assert answer_bytes(text, local) == result.to_bytes()
    assert parse(result.to_bytes()) == result
    return result


def refused(*lines: bytes) -> Refused:
    text = body(*SESSION, *lines)
    result = answer(parse(text), LOCAL)
    assert isinstance(result, Refused)
    assert answer_bytes(text, LOCAL) == result
    return result


def test_the_answer_to_a_plain_call_in_full() -> None:
    assert answer_bytes(body(*SESSION, *AUDIO), LOCAL) == body(
        b"v=0",
        b"o=- 4711 3 IN IP4 198.51.100.7",
        b"s=-",
        b"c=IN IP4 198.51.100.7",
        b"t=0 0",
        b"m=audio 4000 RTP/AVP 0",
        b"a=rtpmap:0 PCMU/8000",
        b"a=sendrecv",
    )


@pytest.mark.row("OAN-03")
def test_answer_keeps_number_order_kind_and_transport_of_the_streams() -> None:
    result = answered(
        *VIDEO, b"m=application 9 TCP/BFCP *", *AUDIO, b"m=image 6006 udptl t38", *AUDIO
    )
    assert [(media.kind, media.port, media.proto) for media in result.media] == [
        (b"video", 0, b"RTP/AVP"),
        (b"application", 0, b"TCP/BFCP"),
        (b"audio", 4000, b"RTP/AVP"),
        (b"image", 0, b"udptl"),
        (b"audio", 0, b"RTP/AVP"),
    ]
    assert [media.formats for media in result.media] == [
        (b"31",),
        (b"*",),
        (b"0",),
        (b"t38",),
        (b"0",),
    ]


@pytest.mark.row("OAN-03")
def test_a_refused_stream_needs_one_format_and_no_attributes() -> None:
    refused_stream = answered(
        *AUDIO, b"m=video 6002 RTP/AVP 31 34", b"a=rtpmap:31 H261/90000"
    ).media[1]
    assert refused_stream == Media(b"video", 0, b"RTP/AVP", (b"31",))


@pytest.mark.row("OAN-04")
def test_a_stream_without_common_codec_gets_port_0_beside_one_that_has() -> None:
    result = answered(b"m=audio 6000 RTP/AVP 18", *AUDIO)
    assert [media.port for media in result.media] == [0, 4000]


@pytest.mark.row("OAN-04")
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((b"m=audio 6000 RTP/AVP 18 97", b"a=rtpmap:97 iLBC/8000"), NO_COMMON_CODEC),
        ((b"m=audio 6000 RTP/AVP 101", b"a=rtpmap:101 telephone-event/8000"), NO_COMMON_CODEC),
        ((b"m=audio 6000 RTP/AVP 96",), NO_COMMON_CODEC),
        ((b"m=audio 6000 RTP/AVP 0", b"a=rtpmap:0 PCMU/16000"), NO_COMMON_CODEC),
        ((b"m=audio 6000 RTP/AVP 0", b"a=rtpmap:0 PCMU/8000/2"), NO_COMMON_CODEC),
        ((b"m=audio 6000 RTP/AVP 0", b"a=rtpmap:0 PCMU"), NO_COMMON_CODEC),
        ((b"m=audio 6000 RTP/AVP 0", b"a=rtpmap:0 PCMU/" + b"8" * 5000), NO_COMMON_CODEC),
        ((b"m=audio 6000 RTP/AVP 128", b"a=rtpmap:128 PCMU/8000"), NO_COMMON_CODEC),
        ((b"m=audio 6000 RTP/AVP x", b"a=rtpmap:x PCMU/8000"), NO_COMMON_CODEC),
        ((b"m=audio 6000 RTP/SAVP 0",), PROTOCOL_UNKNOWN),
        ((b"m=audio 6000 UDP/TLS/RTP/SAVPF 0",), PROTOCOL_UNKNOWN),
        (VIDEO, NO_AUDIO),
        ((b"m=audio 6000 RTP/AVP 0", b"c=TN RFC2543 +15145551212"), NETWORK_UNKNOWN),
        ((b"m=audio 6000 RTP/AVP 0", b"c=IN IP6 2001:db8::1"), FAMILY_UNUSABLE),
        ((b"m=audio 6000 RTP/AVP 0", b"c=IN IP4 224.2.1.1/127"), MULTICAST),
        ((b"m=audio 6000/2 RTP/AVP 0",), SEVERAL_PORTS),
        ((*VIDEO, b"m=audio 6000 RTP/AVP 18"), NO_COMMON_CODEC),
        ((b"m=audio 6000 RTP/AVP 18", *VIDEO), NO_COMMON_CODEC),
        ((b"m=audio 0 RTP/AVP 0", *VIDEO), NO_AUDIO),
    ],
    ids=[
        "unknown-codecs",
        "only-events",
        "dynamic-type-without-rtpmap",
        "other-clock",
        "two-channels",
        "no-clock",
        "endless-clock",
        "payload-type-too-large",
        "payload-type-no-number",
        "srtp",
        "dtls-srtp",
        "only-video",
        "telephone-network",
        "other-ip-version",
        "multicast",
        "two-ports",
        "audio-tells-more-1",
        "audio-tells-more-2",
        "audio-disabled",
    ],
)
def test_an_offer_of_which_nothing_can_be_taken_is_refused(
    lines: tuple[bytes, ...], expected: Refused
) -> None:
    assert refused(*lines) is expected


def test_a_stream_whose_address_is_missing_is_refused() -> None:
    """The parser lets no such offer through; a description made otherwise may be one."""
    session = Session(Origin(b"-", b"1", b"1", b"IN", b"IP4", b"h"))
    session.media = (Media(b"audio", 1, b"RTP/AVP", (b"0",)),)
    assert answer(session, LOCAL) is NETWORK_UNKNOWN


def test_refusals_carry_the_warning_codes_of_rfc_3261() -> None:
    assert (NO_AUDIO.warning_code, NO_AUDIO.warning_text) == (304, "Media type not available")
    assert NO_COMMON_CODEC.warning_code == 305
    assert NO_COMMON_CODEC.warning_text == "Incompatible media format"


@pytest.mark.row("OAN-05")
def test_no_streams_are_answered_with_no_streams() -> None:
    assert answered().media == ()


@pytest.mark.row("OAN-06")
def test_answer_echoes_time_and_has_a_subject_and_an_origin_of_its_own() -> None:
    text = body(*SESSION, *AUDIO).replace(
        b"t=0 0\r\n", b"t=3724394400 3724398000\r\nr=604800 3600 0\r\n"
    )
    result = answer(parse(text), replace(LOCAL, user="responder"))
    assert isinstance(result, Session)
    assert result.timing == ((b"t", b"3724394400 3724398000"), (b"r", b"604800 3600 0"))
    assert result.name == b"-"
    assert result.origin == Origin(b"responder", b"4711", b"3", b"IN", b"IP4", b"198.51.100.7")


@pytest.mark.row("OAN-07")
@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        (b"sendrecv", Direction.SENDRECV),
        (b"sendonly", Direction.RECVONLY),
        (b"recvonly", Direction.SENDONLY),
        (b"inactive", Direction.INACTIVE),
    ],
)
@pytest.mark.parametrize("level", ["media", "session"])
@pytest.mark.parametrize("address", [b"192.0.2.1", b"0.0.0.0"], ids=["address", "void"])
def test_direction_of_the_answer(
    offered: bytes, expected: Direction, level: str, address: bytes
) -> None:
    """The direction attribute alone decides, whatever the address (RFC 6337 section 5.4)."""
    line = b"a=" + offered
    connection = b"c=IN IP4 " + address
    lines = (*AUDIO, connection, line) if level == "media" else (line, *AUDIO, connection)
    assert answered(*lines).media[0].direction is expected


@pytest.mark.row("OAN-08")
def test_hold_by_a_void_address_is_not_held_back() -> None:
    held = answered(*AUDIO, b"c=IN IP4 0.0.0.0")
    assert held.media[0].port == 4000
    assert held.media[0].direction is Direction.SENDRECV
    assert held.connection == Connection(b"IN", b"IP4", b"198.51.100.7")


@pytest.mark.row("OAN-09")
def test_a_removed_stream_keeps_its_place_with_port_0() -> None:
    result = answered(b"m=video 0 RTP/AVP 31", *AUDIO, b"m=audio 0 RTP/AVP 0")
    assert [(media.kind, media.port) for media in result.media] == [
        (b"video", 0),
        (b"audio", 4000),
        (b"audio", 0),
    ]


@pytest.mark.row("OAN-09")
def test_an_offer_of_removed_streams_only_is_answered_in_kind() -> None:
    assert answered(b"m=audio 0 RTP/AVP 0").media == (Media(b"audio", 0, b"RTP/AVP", (b"0",)),)


@pytest.mark.row("OAN-09")
def test_our_own_later_offer_never_has_fewer_streams() -> None:
    previous = answered(
        *VIDEO,
        b"m=audio 6000 RTP/AVPF 8 96",
        b"a=rtpmap:96 telephone-event/8000",
        b"a=sendonly",
        *AUDIO,
    )
    later = offer(replace(LOCAL, port=4002), previous)
    assert [(media.kind, media.port, media.proto) for media in later.media] == [
        (b"video", 0, b"RTP/AVP"),
        (b"audio", 4002, b"RTP/AVPF"),
        (b"audio", 0, b"RTP/AVP"),
    ]
    assert later.media[1].attributes == (
        (b"rtpmap", b"8 PCMA/8000"),
        (b"rtpmap", b"96 telephone-event/8000"),
        (b"fmtp", b"96 0-15"),
        (b"sendrecv", None),
    )


@pytest.mark.row("OAN-09")
def test_our_own_later_offer_adds_audio_below_where_none_is_in_use() -> None:
    later = offer(LOCAL, answered(b"m=audio 0 RTP/AVP 0"))
    assert [media.port for media in later.media] == [0, 4000]


@pytest.mark.row("OAN-10")
def test_the_same_offer_again_gets_the_same_answer_and_version() -> None:
    first = answered(*AUDIO)
    again = next_version(first.to_bytes(), answered(*AUDIO, local=replace(LOCAL, version=9)))
    assert again.to_bytes() == first.to_bytes()


@pytest.mark.row("OAN-10")
def test_each_change_raises_the_version_by_exactly_one() -> None:
    first = answered(*AUDIO)
    changed = answered(*AUDIO, b"a=inactive", local=replace(LOCAL, session_id=1, user="other"))
    second = next_version(first.to_bytes(), changed)
    assert second.origin == Origin(b"-", b"4711", b"4", b"IN", b"IP4", b"198.51.100.7")
    assert second.media == changed.media
    third = next_version(second.to_bytes(), first)
    assert third.origin.version == b"5"
    assert next_version(third.to_bytes(), first).origin.version == b"5"


def test_the_first_description_keeps_its_version() -> None:
    first = offer(LOCAL)
    assert next_version(None, first) is first


@pytest.mark.row("OAN-11")
def test_codecs_keep_the_order_and_the_payload_types_of_the_offer() -> None:
    stream = answered(
        b"m=audio 6000 RTP/AVP 18 110 8 97 0 0 112",
        b"a=rtpmap:110 TELEPHONE-EVENT/8000",
        b"a=fmtp:110 0-16",
        b"a=rtpmap:97 opus/48000/2",
        b"a=rtpmap:112 pcmu/8000/1",
        b"a=rtpmap:112 second/8000",
        b"a=rtcp-mux",
        b"a=ptime:20",
        b"a=maxptime:150",
        b"a=sendrecv",
    ).media[0]
    assert stream.formats == (b"110", b"8", b"97", b"0", b"112")
    assert stream.attributes == (
        (b"rtpmap", b"110 telephone-event/8000"),
        (b"fmtp", b"110 0-15"),
        (b"rtpmap", b"8 PCMA/8000"),
        (b"rtpmap", b"97 opus/48000/2"),
        (b"rtpmap", b"0 PCMU/8000"),
        (b"rtpmap", b"112 PCMU/8000"),
        (b"ptime", b"20"),
        (b"rtcp-mux", None),
        (b"sendrecv", None),
    )


@pytest.mark.row("OAN-11")
def test_a_static_payload_type_may_be_given_another_meaning() -> None:
    stream = answered(b"m=audio 6000 RTP/AVP 8 0", b"a=rtpmap:0 PCMA/8000", b"a=rtpmap:8 G729/8000")
    assert stream.media[0].formats == (b"0",)
    assert stream.media[0].attributes[0] == (b"rtpmap", b"0 PCMA/8000")


def test_avpf_is_accepted_and_answered_as_such() -> None:
    assert answered(b"m=audio 6000 RTP/AVPF 8").media[0].proto == b"RTP/AVPF"


@pytest.mark.parametrize("ptime", [b"0", b"", b"20.5", b"-20", b"1000"])
def test_a_useless_ptime_is_left_out(ptime: bytes) -> None:
    attributes = answered(*AUDIO, b"a=ptime:" + ptime).media[0].attributes
    assert [name for name, _ in attributes] == [b"rtpmap", b"sendrecv"]


def test_a_codec_of_the_callers_of_this_interface_takes_part() -> None:
    l16 = Codec(b"L16", 44100, payload_type=11)
    local = replace(LOCAL, codecs=(l16,))
    result = answered(b"m=audio 6000 RTP/AVP 0 11", local=local)
    assert result.media[0].formats == (b"11",)
    assert refused(b"m=audio 6000 RTP/AVP 11") is NO_COMMON_CODEC
    assert offer(local).media[0].formats == (b"11",)


@pytest.mark.parametrize(
    ("formats", "kept"),
    [
        (b"0 101 102", (b"0", b"101")),
        (b"96 101 102", (b"96", b"102")),
        (b"96 9 101 102", (b"96", b"9", b"101", b"102")),
    ],
)
def test_events_are_taken_at_the_clock_rates_of_the_speech(
    formats: bytes, kept: tuple[bytes, ...]
) -> None:
    """RFC 4733 section 2.5.1.2."""
    stream = answered(
        b"m=audio 6000 RTP/AVP " + formats,
        b"a=rtpmap:96 opus/48000/2",
        b"a=rtpmap:101 telephone-event/8000",
        b"a=rtpmap:102 telephone-event/48000",
    ).media[0]
    assert stream.formats == kept


@pytest.mark.parametrize(
    ("asked", "wanted", "direction"),
    [
        (b"sendrecv", Direction.SENDRECV, Direction.SENDRECV),
        (b"sendrecv", Direction.SENDONLY, Direction.SENDONLY),
        (b"sendrecv", Direction.RECVONLY, Direction.RECVONLY),
        (b"sendrecv", Direction.INACTIVE, Direction.INACTIVE),
        (b"sendonly", Direction.SENDONLY, Direction.INACTIVE),
        (b"sendonly", Direction.RECVONLY, Direction.RECVONLY),
        (b"recvonly", Direction.SENDONLY, Direction.SENDONLY),
        (b"inactive", Direction.SENDRECV, Direction.INACTIVE),
    ],
)
def test_a_direction_of_our_own_goes_as_far_as_the_offer_allows(
    asked: bytes, wanted: Direction, direction: Direction
) -> None:
    local = replace(LOCAL, direction=wanted)
    assert answered(*AUDIO, b"a=" + asked, local=local).media[0].direction is direction
    assert offer(local).media[0].direction is wanted


def test_rtcp_is_multiplexed_where_the_offer_asks_for_it() -> None:
    """RFC 5761 section 5.1.1; where RTCP goes otherwise, a=rtcp says (RFC 3605)."""
    assert (b"rtcp-mux", None) in answered(*AUDIO, b"a=rtcp-mux").media[0].attributes
    assert (b"rtcp-mux", None) not in answered(*AUDIO, b"a=rtcp:6009").media[0].attributes


def test_a_draft_knows_what_its_answer_comes_to() -> None:
    made = draft(body(*SESSION, *AUDIO, b"a=sendonly"), LOCAL)
    assert isinstance(made, Draft)
    assert made.agreed is not None
    assert (made.agreed.payload_type, made.agreed.sends) == (0, False)
    again = draft(body(*SESSION, *AUDIO, b"a=sendonly").replace(b"6000", b"6004"), LOCAL)
    assert made is again, "one shape, one draft"
    without = draft(body(*SESSION), LOCAL)
    assert isinstance(without, Draft)
    assert without.agreed is None
    assert without.to_bytes(4711, 3, 9) == answer_bytes(body(*SESSION), LOCAL)


@pytest.mark.row("OAN-13")
def test_ipv6_is_answered_without_brackets_and_zone() -> None:
    text = body(*SESSION, *AUDIO).replace(b"IN IP4 192.0.2.1", b"IN IP6 2001:db8::20")
    result = answer_bytes(text, replace(LOCAL, host="fe80::7%eth0"))
    assert isinstance(result, bytes)
    assert b"o=- 4711 3 IN IP6 fe80::7\r\n" in result
    assert b"c=IN IP6 fe80::7\r\n" in result


@pytest.mark.row("OAN-13")
def test_the_address_of_the_stream_decides_before_the_sessions() -> None:
    mixed = (*AUDIO, b"c=IN IP6 2001:db8::1", *AUDIO, b"c=IN IP4 192.0.2.9")
    assert [media.port for media in answered(*mixed).media] == [0, 4000]
    six = replace(LOCAL, host="2001:db8::7")
    assert [media.port for media in answered(*mixed, local=six).media] == [4000, 0]


def test_our_own_offer_in_full() -> None:
    assert offer(LOCAL).to_bytes() == body(
        b"v=0",
        b"o=- 4711 3 IN IP4 198.51.100.7",
        b"s=-",
        b"c=IN IP4 198.51.100.7",
        b"t=0 0",
        b"m=audio 4000 RTP/AVP 0 8 9 96 101 102",
        b"a=rtpmap:0 PCMU/8000",
        b"a=rtpmap:8 PCMA/8000",
        b"a=rtpmap:9 G722/8000",
        b"a=rtpmap:96 opus/48000/2",
        b"a=rtpmap:101 telephone-event/8000",
        b"a=fmtp:101 0-15",
        b"a=rtpmap:102 telephone-event/48000",
        b"a=fmtp:102 0-15",
        b"a=sendrecv",
    )


def test_our_own_offer_is_one_we_would_take() -> None:
    result = answer(offer(LOCAL), LOCAL)
    assert isinstance(result, Session)
    assert result.media == offer(LOCAL).media


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_out_of_range_is_misuse(port: int) -> None:
    with pytest.raises(Misuse):
        LocalMedia("192.0.2.1", port, 1, 1)


@pytest.mark.parametrize(("session_id", "version"), [(-1, 0), (0, -1), (2**63, 0), (0, 2**63)])
def test_ids_out_of_range_are_misuse(session_id: int, version: int) -> None:
    with pytest.raises(Misuse):
        LocalMedia("192.0.2.1", 4000, session_id, version)


@pytest.mark.parametrize("host", ["", "[::1]", "a b", "h\r\na=x", "%eth0"])
def test_a_host_that_breaks_the_line_is_misuse(host: str) -> None:
    with pytest.raises(Misuse):
        answer_bytes(body(*SESSION, *AUDIO), replace(LOCAL, host=host))


@pytest.mark.parametrize("user", ["", "a b", "u\r\na=x"])
def test_a_user_that_breaks_the_line_is_misuse(user: str) -> None:
    with pytest.raises(Misuse):
        offer(replace(LOCAL, user=user))


def test_a_malformed_body_is_named_with_its_line_on_either_way() -> None:
    for text in (body(*SESSION, *AUDIO, b"t=0 0"), b"garbage"):
        with pytest.raises(Malformed) as slow:
            parse(text)
        with pytest.raises(Malformed) as fast:
            answer_bytes(text, LOCAL)
        assert str(fast.value) == str(slow.value)


def test_a_port_beyond_the_range_is_malformed_although_its_shape_is_known() -> None:
    text = body(*SESSION, *AUDIO)
    assert isinstance(answer_bytes(text, LOCAL), bytes)
    with pytest.raises(Malformed, match="bad port"):
        answer_bytes(text.replace(b"6000", b"65536"), LOCAL)


def test_offers_of_one_shape_get_their_own_numbers() -> None:
    text = body(*SESSION, *AUDIO)
    for number in (9, 65535):
        local = replace(LOCAL, port=number, session_id=number, version=number)
        changed = text.replace(b"6000", b"%d" % number).replace(b"user1 5", b"someone %d" % number)
        expected = answer(parse(changed), local)
        assert isinstance(expected, Session)
        assert answer_bytes(changed, local) == expected.to_bytes()


def test_a_long_offer_is_answered_as_well() -> None:
    padding = tuple(b"a=candidate:%d" % number for number in range(300))
    assert answered(*AUDIO, *padding).media == answered(*AUDIO).media


LINES = (
    b"m=audio 6000 RTP/AVP 0",
    b"m=audio 9 RTP/AVP 8 101 0",
    b"m=audio 0 RTP/AVP 0",
    b"m=audio 6000/2 RTP/AVP 0",
    b"m=audio 6000 RTP/SAVP 0",
    b"m=audio 6000 RTP/AVPF 18",
    b"m=video 9 RTP/AVP 31",
    b"m=image 7000 udptl t38",
    b"a=rtpmap:0 PCMU/8000",
    b"a=rtpmap:101 telephone-event/8000",
    b"a=rtpmap:18 PCMA/8000",
    b"a=rtpmap: /",
    b"a=ptime:20",
    b"a=sendonly",
    b"a=recvonly",
    b"a=inactive",
    b"c=IN IP4 0.0.0.0",
    b"c=IN IP6 2001:db8::1",
    b"c=IN IP4 224.0.0.1/3",
    b"b=AS:64",
    b"x=y",
)


def attempt(text: bytes) -> Session | str:
    """The description, or what is malformed about it."""
    try:
        return parse(text)
    except Malformed as malformed:
        return str(malformed)


def check_any(text: bytes) -> None:
    """Both ways agree, and an accepted offer gets its streams back in number and order."""
    offered = attempt(text)
    if isinstance(offered, str):
        with pytest.raises(Malformed, match=f"^{re.escape(offered)}$"):
            answer_bytes(text, LOCAL)
        return
    result = answer(offered, LOCAL)
    if isinstance(result, Refused):
        assert answer_bytes(text, LOCAL) == result
        assert any(media.port for media in offered.media)
        return
    written = result.to_bytes()
    assert answer_bytes(text, LOCAL) == written
    assert parse(written) == result
    assert len(result.media) == len(offered.media)
    for theirs, ours in zip(offered.media, result.media, strict=True):
        assert (ours.kind, ours.proto) == (theirs.kind, theirs.proto)
        assert set(ours.formats) <= set(theirs.formats)
        assert theirs.port or not ours.port
    assert sum(1 for media in result.media if media.port) <= 1


@given(st.lists(st.sampled_from(LINES), max_size=10))
def test_any_offer_is_answered_stream_by_stream(lines: list[bytes]) -> None:
    check_any(body(*SESSION, *lines))


def damaged() -> Iterator[st.SearchStrategy[bytes]]:
    whole = body(*SESSION, *AUDIO, *VIDEO)
    yield st.integers(0, len(whole)).map(lambda at: whole[:at])
    yield st.tuples(st.integers(0, len(whole)), st.integers(0, 5), st.binary(max_size=4)).map(
        lambda cut: whole[: cut[0]] + cut[2] + whole[cut[0] + cut[1] :]
    )


@given(st.one_of(*damaged()))
def test_any_damage_is_answered_alike_on_both_ways(text: bytes) -> None:
    check_any(text)


def test_the_table_is_what_is_offered_by_default() -> None:
    numbers = tuple(b"%d" % codec.payload_type for codec in CODECS)
    assert offer(LOCAL).media[0].formats == numbers
