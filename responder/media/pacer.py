"""When which stream sends on its own account: sounds every 20 ms, reports every 5 s. Pure.

There is one clock for all streams: a timer for each would cost more than its packet.
"""

from typing import Final, Protocol

from responder.media.ports import Port
from responder.media.stream import BUFFER, FRAME, Source, Stream

SWEEP: Final = 1.0
"""Seconds between two looks for reports that are due."""

_MOST_AT_ONCE: Final = 5


class Line(Port, Protocol):
    """A port by which its stream sends.

    Attributes:
        stream: the stream.
    """

    stream: Stream

    def send(self, buffer: bytearray, size: int, destination: Source) -> None:
        """Send a packet of RTP, which is at the beginning of the buffer."""

    def send_control(self, data: bytes, destination: Source) -> None:
        """Send a packet of RTCP."""


class Pacer:
    """The streams of one endpoint, and when they send next.

    Attributes:
        lines: every stream, in the order in which they were opened.
    """

    def __init__(self) -> None:
        self.lines: dict[Line, None] = {}
        self._sounding: dict[Line, None] = {}
        self._frame_at = 0.0
        self._sweep_at = 0.0
        self._buffer = bytearray(BUFFER)

    def add(self, line: Line, now: float) -> None:
        """Take in a stream."""
        if not self.lines:
            self._sweep_at = now + SWEEP
        self.lines[line] = None
        if line.stream.sound:
            self.changed(line, now)

    def changed(self, line: Line, now: float) -> None:
        """Take note that a stream plays another sound, or none any more."""
        if not line.stream.sound:
            self._sounding.pop(line, None)
        elif line not in self._sounding:
            if not self._sounding:
                self._frame_at = now + FRAME
            self._sounding[line] = None

    def remove(self, line: Line) -> None:
        """Forget a stream."""
        self.lines.pop(line, None)
        if self._sounding:
            self._sounding.pop(line, None)

    def next_due(self) -> float | None:
        """Return when `expire` wants to be called next; None while nothing waits."""
        if self._sounding:
            return min(self._frame_at, self._sweep_at)
        return self._sweep_at if self.lines else None

    def expire(self, now: float) -> None:
        """Send what is due; packets that are very late are left out."""
        if self._sounding and self._frame_at <= now:
            late = int((now - self._frame_at) / FRAME + 1e-6) + 1
            self._frame_at += late * FRAME
            for _ in range(min(late, _MOST_AT_ONCE)):
                self._send_frames(now)
        if self.lines and self._sweep_at <= now:
            self._sweep_at = now + SWEEP
            self._send_reports(now)

    def _send_frames(self, now: float) -> None:
        buffer = self._buffer
        for line in self._sounding:
            stream = line.stream
            size = stream.frame(buffer, now)
            if size and stream.source is not None:
                line.send(buffer, size, stream.source)

    def _send_reports(self, now: float) -> None:
        for line in self.lines:
            stream = line.stream
            report = stream.report(now)
            if report and stream.control_source is not None:
                line.send_control(report, stream.control_source)
