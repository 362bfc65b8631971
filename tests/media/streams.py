"""A stream on a virtual port, and a talker at its other end."""

from responder.media.agreement import Agreed
from responder.media.codecs import CODECS, PCMA, PCMU
from responder.media.stream import Stream
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.media import Talker, VirtualPort, VirtualPorts
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens

EVENTS = next(codec for codec in CODECS if not codec.speech)
FORMATS = {0: PCMU, 8: PCMA, 101: EVENTS}
EPOCH = 1_700_000_000.0


def agreed(*, sends: bool = True, receives: bool = True, mux: bool = False) -> Agreed:
    return Agreed(PCMU, 0, FORMATS, sends, receives, mux)


class Scene:
    """One stream that echoes, its port, its clock and its talker."""

    def __init__(self, agreement: Agreed | None = None) -> None:
        self.ports = VirtualPorts()
        self.network = self.ports.network = Network(Stack(Settings(), counted_tokens()))
        self.stream = Stream(agreement or agreed(), counted_tokens(), self.now, EPOCH)
        self.stream.play(echoing=True)
        port = self.ports.open("192.0.2.1", self.stream, self.now)
        assert port is not None
        self.port: VirtualPort = port
        self.alice = Talker(port)

    @property
    def now(self) -> float:
        return self.network.now

    def talk(self, count: int, every: float = 0.02) -> None:
        """Have the talker send packets, evenly spaced."""
        for _ in range(count):
            self.alice.say()
            self.ports.advance(every)

    def play(self, *payloads: bytes) -> None:
        """Have the stream send a sound."""
        self.stream.play(payloads)
        self.port.changed(self.now)
