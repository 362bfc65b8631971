"""Which payload types of a stream name a codec of ours (RFC 3551, RFC 8866 section 6.6)."""

from responder.media.codecs import Codec
from responder.media.sdp import Media


def in_use(formats: tuple[tuple[bytes, Codec], ...]) -> tuple[tuple[bytes, Codec], ...]:
    """Return formats without the events of a clock rate that no speech of the stream has."""
    clocks = {codec.clock for _, codec in formats if codec.speech}
    return tuple(each for each in formats if each[1].clock in clocks)


def common(media: Media, codecs: tuple[Codec, ...]) -> tuple[tuple[bytes, Codec], ...]:
    """Return the payload types of a stream that name one of these codecs, in its own order."""
    mapped: dict[bytes, tuple[bytes, int, int]] = {}
    for value in media.values(b"rtpmap"):
        number, _, encoding = value.partition(b" ")
        mapped.setdefault(number, _encoding_key(encoding))
    ours = {codec.key: codec for codec in codecs}
    static = {b"%d" % codec.payload_type: codec for codec in codecs if codec.payload_type < 96}
    found: dict[bytes, Codec] = {}
    for number in media.formats:
        codec = ours.get(mapped[number]) if number in mapped else static.get(number)
        if codec is not None and _is_payload_type(number):
            found.setdefault(number, codec)
    return tuple(found.items())


def _encoding_key(encoding: bytes) -> tuple[bytes, int, int]:
    """``name/clock[/channels]`` as a codec's key; a clock that is no number becomes 0."""
    name, _, rest = encoding.strip().partition(b"/")
    clock, slash, channels = rest.partition(b"/")
    return (name.lower(), _small(clock), _small(channels) if slash else 1)


def _small(digits: bytes) -> int:
    return int(digits) if len(digits) <= 6 and digits.isdigit() else 0


def _is_payload_type(number: bytes) -> bool:
    return len(number) <= 3 and number.isdigit() and int(number) < 128
