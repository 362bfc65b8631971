"""What the sessions ask of whoever has the sockets: a bound port for each stream. Pure."""

from typing import Protocol

from responder.media.stream import Stream


class Port(Protocol):
    """A port that is bound for one stream, which gets all that comes to it.

    Attributes:
        number: the port of RTP, 1 to 65535; that of RTCP is one higher.
    """

    number: int

    def changed(self, now: float) -> None:
        """Take note that the stream plays another sound, or none any more."""

    def close(self, now: float) -> None:
        """Say goodbye where RTCP was heard, and give the port back."""


class Ports(Protocol):
    """Where ports come from."""

    def open(self, host: str, stream: Stream, now: float) -> Port | None:
        """Bind the ports of RTP and RTCP at one of our addresses; None where none is left.

        Args:
            host: the address, without brackets.
            stream: what takes and answers the packets.
            now: seconds.
        """

    def reach(self, host: str) -> str | None:
        """Return the address of ours that faces a numeric address; None where nothing leads there.

        It is asked for callers that want their audio over another version of IP than their SIP.
        """
