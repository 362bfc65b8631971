"""The figures of a stream as people and programs read them. They are computed when asked for."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from responder.media.stream import Stream


@dataclass(slots=True)
class Volume:
    """How much audio there was in some streams together.

    Attributes:
        streams: how many there were.
        received: RTP packets that came, duplicates included.
        sent: RTP packets that left.
        lost: packets that did not come, of streams that are over: what is late may come yet.
    """

    streams: int = 0
    received: int = 0
    sent: int = 0
    lost: int = 0

    def add(self, stream: Stream) -> None:
        """Add a stream that is over."""
        self.streams += 1
        if stream.reception is not None:
            totals = stream.totals
            self.received += totals.packets
            self.sent += stream.sent
            self.lost += totals.lost

    def going_on(self, streams: Iterable[Stream]) -> "Volume":
        """Return it with streams that go on."""
        whole = replace(self)
        for stream in streams:
            whole.add(stream)
        whole.lost = self.lost
        return whole


class Figures:
    """What a call's record says of its audio."""

    __slots__ = ("_stream",)

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def line(self) -> str:
        """Return the figures in a few words, such as ``audio PCMU in 250 lost 0 out 250``."""
        stream = self._stream
        totals = stream.totals
        name = stream.agreed.codec.name.decode()
        counts = (
            ("out of order", totals.late),
            ("duplicates", totals.duplicates),
            ("SSRC changes", stream.ssrc_changes),
            ("source changes", stream.moves),
            ("from elsewhere", stream.strangers),
            ("of another payload type", stream.unknown),
            ("malformed", stream.malformed),
            ("out", stream.sent),
        )
        if totals.packets:
            came = f"in {totals.packets} lost {totals.lost} jitter {self.jitter * 1000:.1f} ms"
        elif stream.agreed.receives:
            came = "in 0, though agreed on,"
        else:
            came = "in 0, as agreed on,"
        words = [f"audio {name} {came}"]
        words += [f"{word} {count}" for word, count in counts if count or word == "out"]
        if stream.pressed:
            words.append(f"keys {stream.pressed}")
        return " ".join(words)

    @property
    def jitter(self) -> float:
        """The jitter of what came latest, in seconds (RFC 3550 section 6.4.1)."""
        reception = self._stream.reception
        return reception.jitter / self._stream.agreed.codec.clock if reception is not None else 0.0

    def facts(self) -> dict[str, object]:
        """Return all figures by name; times in milliseconds, None for what is not known."""
        stream = self._stream
        totals = stream.totals
        first = None if stream.first_at is None else _ms(stream.first_at - stream.began)
        heard = stream.heard
        return {
            "codec": stream.agreed.codec.name.decode(),
            "packets": totals.packets,
            "bytes": stream.octets,
            "lost": totals.lost,
            "out_of_order": totals.late,
            "duplicates": totals.duplicates,
            "jitter_ms": _ms(self.jitter),
            "first_packet_ms": first,
            "ssrc_changes": stream.ssrc_changes,
            "source_changes": stream.moves,
            "from_elsewhere": stream.strangers,
            "malformed": stream.malformed,
            "payload_types": sorted(stream.payload_types),
            "keys": stream.pressed,
            "sent_packets": stream.sent,
            "sent_bytes": stream.sent_octets,
            "reports": stream.reports,
            "peer_lost": None if heard is None else heard.lost,
            "peer_jitter_ms": None
            if heard is None
            else _ms(heard.jitter / stream.agreed.codec.clock),
        }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
