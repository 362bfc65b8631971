import pytest

from responder.media.codecs import CODECS, OPUS, PCMA, PCMU
from responder.media.formats import common, in_use
from responder.media.sdp import Media


def audio(*formats: bytes, rtpmap: tuple[bytes, ...] = ()) -> Media:
    attributes = tuple((b"rtpmap", value) for value in rtpmap)
    return Media(b"audio", 4000, b"RTP/AVP", formats, attributes=attributes)


def test_static_payload_types_need_no_rtpmap() -> None:
    assert common(audio(b"8", b"0", b"18"), CODECS) == ((b"8", PCMA), (b"0", PCMU))


def test_an_rtpmap_goes_before_what_is_static() -> None:
    assert common(audio(b"0", rtpmap=(b"0 PCMA/8000",)), CODECS) == ((b"0", PCMA),)


def test_a_dynamic_payload_type_is_what_its_rtpmap_says() -> None:
    media = audio(b"97", b"98", rtpmap=(b"97 OPUS/48000/2", b"98 opus/48000"))
    assert common(media, CODECS) == ((b"97", OPUS),)


def test_only_codecs_of_ours_are_common() -> None:
    assert common(audio(b"0", b"8"), (PCMA,)) == ((b"8", PCMA),)


@pytest.mark.parametrize("number", [b"128", b"x", b"-1", b"0000"])
def test_what_is_no_payload_type_is_none(number: bytes) -> None:
    assert common(audio(number, rtpmap=(number + b" PCMU/8000",)), CODECS) == ()


def test_events_stand_beside_speech_of_their_clock() -> None:
    events = tuple((b"101", codec) for codec in CODECS if not codec.speech)
    assert in_use(events) == ()
    kept = in_use(((b"0", PCMU), *events))
    assert [codec.clock for _, codec in kept] == [8000, 8000]
