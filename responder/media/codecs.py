"""The formats a stream may carry: one table, in our order of preference."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Codec:
    """One RTP payload format. Two codecs are the same only if they are one object.

    Identity keeps a tuple of codecs cheap to hash, which the negotiation of each call relies on.

    Attributes:
        name: the encoding name of ``a=rtpmap``, as we write it; names compare without case.
        clock: RTP clock rate in hertz.
        payload_type: the number in our own offers; below 96 it is the static one of RFC 3551
            table 4, which an offer may use without ``a=rtpmap``.
        channels: 1 or more; the ``/1`` of a mono format is never written.
        fmtp: the value we write after the payload type in ``a=fmtp``, or None for no such line.
        speech: False for what only accompanies speech, so that a stream of nothing else is useless.
    """

    name: bytes
    clock: int
    payload_type: int
    channels: int = 1
    fmtp: bytes | None = None
    speech: bool = True

    @property
    def encoding(self) -> bytes:
        """``name/clock[/channels]`` as in ``a=rtpmap`` (RFC 8866 section 6.6)."""
        if self.channels == 1:
            return b"%b/%d" % (self.name, self.clock)
        return b"%b/%d/%d" % (self.name, self.clock, self.channels)

    @property
    def key(self) -> tuple[bytes, int, int]:
        """What makes an offered format this one: lower-case name, clock in hertz, channels."""
        return self.name.lower(), self.clock, self.channels


PCMU = Codec(b"PCMU", 8000, payload_type=0)
PCMA = Codec(b"PCMA", 8000, payload_type=8)
# It samples at 16 kHz; its RTP clock is 8 kHz by an old mistake that stands (RFC 3551 4.5.2).
G722 = Codec(b"G722", 8000, payload_type=9)
# The clock and both channels are always named so, whatever is sent (RFC 7587 section 4.1).
OPUS = Codec(b"opus", 48000, payload_type=96, channels=2)

#: A further codec is a further line here. Payload types must differ from each other.
CODECS: tuple[Codec, ...] = (
    PCMU,
    PCMA,
    G722,
    OPUS,
    # Events 0 to 15 are the keys of a telephone (RFC 4733 section 2.4.1). A stream needs them for
    # each clock rate of its speech (section 2.5.1.2).
    Codec(b"telephone-event", 8000, payload_type=101, fmtp=b"0-15", speech=False),
    Codec(b"telephone-event", 48000, payload_type=102, fmtp=b"0-15", speech=False),
)


def chosen(names: tuple[bytes, ...]) -> tuple[Codec, ...]:
    """Return the codecs of these lower-case encoding names, in the order of the names.

    No names stand for all of `CODECS`. What only accompanies speech stays, named or not.
    """
    if not names:
        return CODECS
    speech = tuple(c for name in names for c in CODECS if c.speech and c.name.lower() == name)
    return speech + tuple(codec for codec in CODECS if not codec.speech)
