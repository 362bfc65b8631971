"""What leaves in answer to one request, once one of its messages has faults: the transmit hook.

It is the `responder.sip.server_transaction.Faults` of a server transaction. Its transaction or
dialog asks it to send, again and again, as if nothing was wrong.
"""

from collections import Counter
from typing import Protocol

from responder.faults.bundle import Bundle, needs
from responder.faults.fault import Chance, Passage
from responder.faults.parcel import Parcel
from responder.sip.events import CloseFlow, Flow, Output, ResetFlow, Send, SendFrom, SlowSend
from responder.sip.timers import Timed, Timers


class Layer(Protocol):
    """What a line needs of the endpoint.

    Attributes:
        outputs: what the shell is to do, in order.
        timers: where what is delayed waits.
    """

    outputs: list[Output]
    timers: Timers


class Log(Protocol):
    """The record of a call, as far as faults write in it."""

    def sent(self, now: float, data: bytes, again: bool, flow: Flow | None = None) -> None:
        """Note a message that left; ``again`` when it is a retransmission."""

    def fault(self, now: float, text: str) -> None:
        """Note a sentence about what was done wrong on purpose."""

    def suppressed(self, now: float, data: bytes, flow: Flow | None = None) -> None:
        """Note a message that was to leave and did not, on purpose."""


class Line:
    """The way out of one server transaction.

    Args:
        layer: the endpoint.
        draw: random numbers.
        log: the record of its call.
        counts: how often each fault did something, by its name.

    Attributes:
        data: the message that has faults, as its transaction keeps it.
    """

    __slots__ = (
        "_attempt",
        "_bundle",
        "_counts",
        "_draw",
        "_held",
        "_layer",
        "_log",
        "_what",
        "data",
    )

    def __init__(self, layer: Layer, draw: Chance, log: Log, counts: Counter[str]) -> None:
        self.data = b""
        self._counts = counts
        self._layer = layer
        self._draw = draw
        self._log = log
        self._bundle: Bundle | None = None
        self._what = ""
        self._attempt = 0
        self._held: list[_Departure] = []

    def take(self, data: bytes, what: str, bundle: Bundle) -> None:
        """Take the next message that has faults; one that is sent anew is not a new one.

        Args:
            data: the message.
            what: what people call it.
            bundle: its faults.
        """
        if data == self.data and bundle is self._bundle:
            return
        self.data = data
        self._what = what
        self._bundle = bundle
        self._attempt = 0

    def transmit(self, send: Send, now: float, again: bool) -> None:
        """Send a message as its faults have it, and everything that waited for it to leave."""
        parcels = [Parcel(send.data, send.address)]
        if self._bundle is not None and send.data == self.data:
            self._attempt += 1
            passage = Passage(self._attempt, self._what, send.flow, self._draw)
            parcels = self._befall(self._bundle, parcels, passage)
            for text in passage.told:
                self._log.fault(now, text)
            if not parcels:
                self._log.suppressed(now, send.data, send.flow)
        for number, parcel in enumerate(parcels):
            departure = _Departure(self._layer, send.flow, parcel, self._log, again or number > 0)
            if parcel.waits is None:
                self._leave(departure, now)
            else:
                departure.wait(now, parcel.delay + parcel.waits)
                self._held.append(departure)

    def _leave(self, departure: "_Departure", now: float) -> None:
        """Send a parcel between those that waited to leave in front of it and behind it."""
        held = [each for each in self._held if not each.left]
        self._held = []
        parcel = departure.parcel
        for each in held:
            if each.parcel.joins:
                each.left = True
                parcel.data = each.parcel.data + parcel.data
        departure.wait(now, parcel.delay)
        for each in held:
            if not each.left:
                each.wait(now, parcel.delay)

    def _befall(self, bundle: Bundle, parcels: list[Parcel], passage: Passage) -> list[Parcel]:
        elsewhere = "datagrams" if passage.flow.reliable else "streams"
        for each in bundle.mishaps:
            if not parcels or not each.befalls(passage.attempt, self._draw):
                continue
            if elsewhere == each.CARRIER:
                passage.say(f"no {each.NAME} for {passage.name}: it takes {needs(each)}")
                continue
            parcels = each.transmit(parcels, passage)
            self._counts[each.NAME] += 1
        return parcels


class _Departure(Timed):
    """One parcel until it leaves."""

    __slots__ = (
        "_again",
        "_flow",
        "_layer",
        "_log",
        "left",
        "parcel",
    )

    def __init__(self, layer: Layer, flow: Flow, parcel: Parcel, log: Log, again: bool) -> None:
        super().__init__()
        self.parcel = parcel
        self.left = False
        self._layer = layer
        self._flow = flow
        self._log = log
        self._again = again

    def wait(self, now: float, seconds: float) -> None:
        """Leave after some seconds, or at once."""
        if seconds > 0:
            self._layer.timers.arm(self, now + seconds)
        else:
            self.fire(now)

    def fire(self, now: float) -> None:
        """Leave, unless it has left in front of another one, or has nowhere to go any more."""
        if self.left:
            return
        self.left = True
        flow, parcel, log = self._flow, self.parcel, self._log
        if flow.closed:
            log.fault(now, "what was held back did not leave: its connection is closed")
            log.suppressed(now, parcel.data, flow)
            return
        outputs = self._layer.outputs
        outputs.append(_send(flow, parcel))
        log.sent(now, parcel.data, self._again, flow)
        if parcel.ending == "close":
            outputs.append(CloseFlow(flow))
        elif parcel.ending == "reset":
            outputs.append(ResetFlow(flow))


def _send(flow: Flow, parcel: Parcel) -> Output:
    if parcel.port is not None:
        return SendFrom(flow, parcel.data, parcel.port, parcel.address)
    if parcel.pieces:
        return SlowSend(flow, parcel.data, parcel.pieces)
    return Send(flow, parcel.data, parcel.address)
