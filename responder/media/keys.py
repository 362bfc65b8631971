"""The keys of a telephone that were pressed, from its event packets (RFC 4733)."""

from typing import Final

KEYS: Final = "0123456789*#ABCD"
"""The key of each event number (section 3.2)."""

_MOST: Final = 256
_SIZE: Final = 4


class Keys:
    """Collects the keys of one stream.

    An event is told in many packets, which all carry the time stamp of its beginning (section
    2.5.1.2); one that is longer than its duration field can say goes on in segments that follow
    each other without a gap (section 2.5.1.3).

    Attributes:
        pressed: the keys in order, at most 256 of them.
    """

    __slots__ = ("_begin", "_end", "_event", "pressed")

    def __init__(self) -> None:
        self.pressed = ""
        self._begin = -1
        self._end = -1
        self._event = -1

    def take(self, data: bytes | bytearray, at: int, size: int, timestamp: int) -> None:
        """Take an event packet.

        Args:
            data: holds the packet at its beginning.
            at: where its payload begins.
            size: bytes of the packet.
            timestamp: the packet's.
        """
        if size < at + _SIZE:
            return
        event = data[at]
        duration = int.from_bytes(data[at + 2 : at + 4], "big")
        if timestamp != self._begin and (event != self._event or timestamp != self._end):
            if self._begin >= 0 and (self._begin - timestamp) & 0xFFFFFFFF < 0x80000000:
                return  # a late copy of an earlier event
            self._event = event
            if event < len(KEYS) and len(self.pressed) < _MOST:
                self.pressed += KEYS[event]
        self._begin = timestamp
        self._end = (timestamp + duration) & 0xFFFFFFFF
