"""One RTP stream of one call: who it is heard from, what it sends back, its reports. Pure.

Nothing is ever sent to an address that has not sent: the first packet that fits the agreement says
where the other side is (symmetric RTP, RFC 4961). This file is on the path of every packet.
"""

from typing import Final, TypeAlias

from responder.media import rtcp
from responder.media.agreement import Agreed
from responder.media.keys import Keys
from responder.media.reception import Reception, Totals
from responder.media.rtp import HEADER, LARGEST, MARKER, SIZE, SSRC_AT, VERSION, payload_start
from responder.media.sounds import Payloads
from responder.sip.settings import Tokens

Source: TypeAlias = tuple[str, int] | tuple[str, int, int, int]
"""A packet's source as sockets have it: host, port, and for IPv6 flow and scope."""

BUFFER: Final = LARGEST + 1
"""Bytes of a buffer for one packet; a packet that fills it was too large."""

REPORTS: Final = 5.0
"""Seconds between two reports of ours (RFC 3550 section 6.2)."""

SOONEST: Final = 1.0
"""Seconds between a report of ours and the next one, when the other side's is answered at once."""

FRAME: Final = 0.02
"""Seconds of one packet of what we play."""

_NOTHING: Final = Totals()
_NO_TYPES: Final[frozenset[int]] = frozenset()
_NEAR: Final = 50
_PLAIN: Final = 0xC0 | 0x3F


class Stream:
    """One stream, from its agreement to its end.

    Many are over before any packet came, so what only packets need is made with the first of them.

    Args:
        agreed: what offer and answer came to; our own offer until its answer is known.
        tokens: a source of fresh tokens, for SSRC and numbers to start from.
        now: seconds on the clock that all times here are on.
        epoch: what to add to it to get seconds since 1970.

    Attributes:
        agreed: what holds now.
        echoing: whether what comes is sent back.
        sound: the payloads that are played; empty for none.
        source: where RTP comes from; None before any came.
        began: when it was agreed on.
        first_at: when the first packet came; None before.
        last_at: when the latest packet came, or it was agreed on.
        reception: the packets of the present SSRC; None before any came.
        earlier: what came of the SSRCs before it.
        ssrc_changes: how often the SSRC changed.
        moves: how often the source changed.
        strangers: packets from other sources, or that may not come in; not answered.
        malformed: packets that are no RTP or RTCP, or too large.
        unknown: packets of a payload type that was not agreed on.
        octets: bytes of the RTP packets that came, headers included.
        payload_types: those of the packets that came.
        sent: RTP packets that left.
        sent_octets: bytes of their payloads.
        reports: RTCP packets that came, compound ones as one.
        reports_sent: RTCP packets that left.
        heard: what the other side says that it received of ours; None before it does.
        left: whether the other side said that it is gone.
    """

    __slots__ = (
        "_codec",
        "_control_source",
        "_drawn",
        "_identity",
        "_keys",
        "_last_sent_at",
        "_latest_type",
        "_may_move",
        "_next",
        "_next_report",
        "_reported_at",
        "_sender_report",
        "_sent_reported",
        "_sequence",
        "_ssrc",
        "_timestamp",
        "_timestamp_sent",
        "_tokens",
        "agreed",
        "began",
        "earlier",
        "echoing",
        "epoch",
        "first_at",
        "heard",
        "last_at",
        "left",
        "malformed",
        "moves",
        "octets",
        "payload_types",
        "reception",
        "reports",
        "reports_sent",
        "sent",
        "sent_octets",
        "sound",
        "source",
        "ssrc_changes",
        "strangers",
        "unknown",
    )

    def __init__(self, agreed: Agreed, tokens: Tokens, now: float, epoch: float = 0.0) -> None:
        self.agreed = agreed
        self.echoing = False
        self.sound: Payloads = ()
        self.epoch = epoch
        self.source: Source | None = None
        self.began = now
        self.first_at: float | None = None
        self.last_at = now
        self.reception: Reception | None = None
        self.earlier = _NOTHING
        self.ssrc_changes = 0
        self.moves = 0
        self.strangers = 0
        self.malformed = 0
        self.unknown = 0
        self.octets = 0
        self.payload_types = _NO_TYPES
        self.sent = 0
        self.sent_octets = 0
        self.reports = 0
        self.reports_sent = 0
        self.heard: rtcp.Block | None = None
        self.left = False
        self._keys: Keys | None = None
        self._tokens = tokens
        self._codec = agreed.codec
        self._control_source: Source | None = None
        self._latest_type = -1
        self._may_move = False
        self._next_report: float | None = None
        self._reported_at = now - SOONEST
        self._sender_report: tuple[int, float] | None = None
        self._sent_reported = 0
        self._last_sent_at = now
        self._timestamp_sent = 0
        self._next = 0
        self._sequence = 0
        self._timestamp = 0
        # Drawn at once: what a seed gives to the next one must not hang on when packets come.
        self._drawn: tuple[bytes, bytes] | None = (tokens(), tokens())

    # What the session decides.

    def agree(self, agreed: Agreed, now: float) -> None:
        """Go on with another agreement; the other side may send from another address from here."""
        self.agreed = agreed
        self._may_move = True
        self.last_at = now
        if agreed.codec is not self._codec:
            self._codec = agreed.codec
            self._become_another()
        if self.reception is not None:
            self.reception.resumed()

    def play(self, sound: Payloads = (), *, echoing: bool = False) -> None:
        """Send a sound over and over, or what comes back to where it came from, or nothing."""
        if echoing != self.echoing or sound != self.sound:
            self.sound = sound
            self.echoing = echoing
            self._next = 0
            if self.sent:
                # Numbers of another origin follow: it must not look like loss.
                self._become_another()
            elif sound:
                self._settle()

    def refuse(self) -> None:
        """Count a packet whose source may not come in."""
        self.strangers += 1

    # What arrives.

    def receive(self, buffer: bytearray, size: int, source: Source, now: float) -> int:
        """Take a packet from the port of RTP.

        Args:
            buffer: `BUFFER` bytes; the packet is at its beginning.
            size: bytes of the packet.
            source: where it came from.
            now: seconds.

        Returns:
            How many bytes at the beginning of the buffer are to be sent to the source; 0 for none.
        """
        if size < SIZE or size > LARGEST:
            return self._no_media(buffer, size, source, now)
        first, second, sequence, timestamp, ssrc = HEADER.unpack_from(buffer)
        if first & _PLAIN != VERSION and not payload_start(buffer, size):
            self.malformed += 1
            return 0
        payload_type = second & 0x7F
        agreed = self.agreed
        codec = agreed.formats.get(payload_type)
        if codec is None:
            return self._no_media(buffer, size, source, now)
        if source != self.source and not self._admit(source, ssrc, sequence):
            return 0
        reception = self.reception
        if reception is None or reception.ssrc != ssrc:
            reception = self._hear(ssrc, sequence, now)
        reception.take(sequence)
        if codec.speech:
            reception.arrived(timestamp, now, codec.clock)
        else:
            if self._keys is None:
                self._keys = Keys()
            self._keys.take(buffer, payload_start(buffer, size), size, timestamp)
        if payload_type != self._latest_type:
            self._latest_type = payload_type
            self.payload_types |= {payload_type}
        self.octets += size
        self.last_at = now
        if not (self.echoing and agreed.sends):
            return 0
        buffer[SSRC_AT:SIZE] = self._identity
        self.sent += 1
        self.sent_octets += size - SIZE
        self._timestamp_sent = timestamp
        self._last_sent_at = now
        return size

    def receive_control(self, buffer: bytearray, size: int, source: Source, now: float) -> int:
        """Take a packet from the port of RTCP; arguments and return value are those of `receive`.

        It is answered by a report of ours, unless one left within the last `SOONEST` seconds.
        """
        packets = rtcp.read(bytes(buffer[:size])) if size <= LARGEST else None
        if packets is None:
            self.malformed += 1
            return 0
        if source != self._control_source and not self._admit_control(source, packets):
            return 0
        self.reports += 1
        for packet in packets:
            if isinstance(packet, rtcp.Goodbye):
                self.left = True
            else:
                if packet.sender is not None:
                    self._sender_report = (packet.sender.ntp >> 16 & 0xFFFFFFFF, now)
                for block in packet.blocks:
                    if block.ssrc == self.ssrc:
                        self.heard = block
        if now < self._reported_at + SOONEST or self.left:
            return 0
        made = self._report(now)
        buffer[: len(made)] = made
        return len(made)

    # What leaves by the clock.

    def frame(self, buffer: bytearray, now: float) -> int:
        """Write the next packet of the sound into a buffer, as is due every `FRAME` seconds.

        Returns:
            Its bytes; 0 where nothing may be sent now. It is to be sent to `source`.
        """
        if not self.sound:
            return 0
        step = self._codec.clock // 50
        timestamp = self._timestamp
        self._timestamp = (timestamp + step) & 0xFFFFFFFF
        payload = self.sound[self._next]
        self._next = self._next + 1 if self._next + 1 < len(self.sound) else 0
        if self.source is None or not self.agreed.sends:
            return 0
        # The first packet of a talkspurt is marked (RFC 3551 section 4.1).
        quiet = not self.sent or now - self._last_sent_at > 3 * FRAME
        second = self.agreed.payload_type | (MARKER if quiet else 0)
        sequence = self._sequence
        self._sequence = (sequence + 1) & 0xFFFF
        HEADER.pack_into(buffer, 0, VERSION, second, sequence, timestamp, self._ssrc)
        size = SIZE + len(payload)
        buffer[SIZE:size] = payload
        self.sent += 1
        self.sent_octets += len(payload)
        self._timestamp_sent = timestamp
        self._last_sent_at = now
        return size

    def report(self, now: float) -> bytes:
        """Return the report that is due, for `control_source`; empty while none is."""
        if self._next_report is None or now < self._next_report or self.left:
            return b""
        return self._report(now)

    def goodbye(self, now: float) -> bytes:
        """Return the last report, which says that we leave; empty where RTCP was never heard."""
        if self._control_source is None:
            return b""
        return self._report(now) + rtcp.Goodbye((self.ssrc,)).to_bytes()

    @property
    def ssrc(self) -> int:
        """Our own SSRC."""
        self._settle()
        return self._ssrc

    @property
    def pressed(self) -> str:
        """The keys of a telephone that came."""
        return self._keys.pressed if self._keys is not None else ""

    @property
    def totals(self) -> Totals:
        """What came in all."""
        return self.reception.totals(self.earlier) if self.reception is not None else self.earlier

    @property
    def control_source(self) -> Source | None:
        """Where RTCP comes from; None before any came."""
        return self._control_source

    def _no_media(self, buffer: bytearray, size: int, source: Source, now: float) -> int:
        """Take what is no packet of an agreed payload type; it may be RTCP (RFC 5761)."""
        if self.agreed.mux and rtcp.is_rtcp(buffer, size):
            return self.receive_control(buffer, size, source, now)
        if SIZE <= size <= LARGEST:
            self.unknown += 1
            self.payload_types |= {buffer[1] & 0x7F}
        else:
            self.malformed += 1
        return 0

    # Sources.

    def _admit(self, source: Source, ssrc: int, sequence: int) -> bool:
        """Decide on a packet from another source than the present one."""
        reception = self.reception
        if self.source is not None:
            fits = (
                reception is not None
                and reception.ssrc == ssrc
                and 0 < (sequence - reception.highest) & 0xFFFF < _NEAR
            )
            if not fits and not self._may_move:
                self.strangers += 1
                return False
            self.moves += 1
        self._may_move = False
        self.source = source
        return True

    def _admit_control(self, source: Source, packets: list[rtcp.Report | rtcp.Goodbye]) -> bool:
        known = self.reception.ssrc if self.reception is not None else None
        named = any(isinstance(p, rtcp.Report) and p.ssrc == known for p in packets)
        same_host = self.source is None or source[0] == self.source[0]
        if named or (self._control_source is None and same_host):
            self._control_source = source
            return True
        self.strangers += 1
        return False

    def _hear(self, ssrc: int, sequence: int, now: float) -> Reception:
        if self.reception is None:
            self.first_at = now
            self._settle()
        else:
            self.ssrc_changes += 1
            self.earlier = self.reception.totals(self.earlier)
            self._sender_report = None
        self.reception = Reception(ssrc, sequence)
        return self.reception

    def _become_another(self) -> None:
        """Go on under another SSRC, with numbers of another origin."""
        self._drawn = self._tokens(), self._tokens()
        self._settle()
        self._next = 0
        self.heard = None

    def _settle(self) -> None:
        """Take SSRC and numbers to start from out of what was drawn (RFC 3550 section 5.1)."""
        if self._drawn is None:
            return
        drawn, start = int(self._drawn[0], 16), int(self._drawn[1], 16)
        self._drawn = None
        self._ssrc = drawn & 0xFFFFFFFF
        self._identity = self._ssrc.to_bytes(4, "big")
        self._sequence = drawn >> 32 & 0x7FFF
        self._timestamp = start & 0xFFFFFFFF

    # Reports.

    def _report(self, now: float) -> bytes:
        sender = None
        if self.sent != self._sent_reported:
            later = round((now - self._last_sent_at) * self._codec.clock)
            timestamp = (self._timestamp_sent + later) & 0xFFFFFFFF
            at = rtcp.ntp_time(self.epoch + now)
            sender = rtcp.Sender(at, timestamp, self.sent, self.sent_octets)
            self._sent_reported = self.sent
        reception = self.reception
        blocks: tuple[rtcp.Block, ...] = ()
        if reception is not None:
            last, delay = 0, 0
            if self._sender_report is not None:
                last, came = self._sender_report
                delay = int((now - came) * 65536)
            blocks = (
                rtcp.Block(
                    reception.ssrc,
                    reception.fraction_lost(),
                    reception.lost,
                    reception.highest,
                    int(reception.jitter),
                    last,
                    delay,
                ),
            )
        self._reported_at = now
        self._next_report = now + REPORTS
        self.reports_sent += 1
        ssrc = self.ssrc
        made = rtcp.Report(ssrc, sender, blocks).to_bytes()
        return made + rtcp.description(ssrc, b"%08x@responder" % ssrc)
