from responder.media.codecs import CODECS, Codec, chosen


def test_payload_types_differ_and_dynamic_ones_are_in_their_range() -> None:
    numbers = [codec.payload_type for codec in CODECS]
    assert len(set(numbers)) == len(numbers)
    assert all(number < 35 or 96 <= number < 128 for number in numbers)


def test_keys_differ() -> None:
    assert len({codec.key for codec in CODECS}) == len(CODECS)


def test_encoding_leaves_one_channel_out() -> None:
    assert Codec(b"PCMU", 8000, payload_type=0).encoding == b"PCMU/8000"


def test_encoding_writes_several_channels() -> None:
    assert Codec(b"opus", 48000, payload_type=96, channels=2).encoding == b"opus/48000/2"


def test_codecs_are_equal_by_identity_only() -> None:
    assert Codec(b"PCMU", 8000, payload_type=0) != Codec(b"PCMU", 8000, payload_type=0)


def test_codecs_are_chosen_by_name_and_in_that_order() -> None:
    assert chosen(()) == CODECS
    names = [codec.encoding for codec in chosen((b"opus", b"pcmu", b"unheard-of"))]
    events = [b"telephone-event/8000", b"telephone-event/48000"]
    assert names == [b"opus/48000/2", b"PCMU/8000", *events]
