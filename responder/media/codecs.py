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


#: A further codec is a further line here. Payload types must differ from each other.
CODECS: tuple[Codec, ...] = (
    Codec(b"PCMU", 8000, payload_type=0),
    Codec(b"PCMA", 8000, payload_type=8),
    # Events 0 to 15 are the keys of a telephone (RFC 4733 section 2.4.1).
    Codec(b"telephone-event", 8000, payload_type=101, fmtp=b"0-15", speech=False),
)
