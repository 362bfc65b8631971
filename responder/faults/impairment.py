"""Impairments of all traffic, as a network makes them: loss, delay, jitter and the like. Pure."""

import ipaddress
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from responder.faults.fault import Chance, pick
from responder.faults.parameter import LONGEST, Unfit, parameter
from responder.sip.events import Flow

Direction: TypeAlias = Literal["in", "out"]

_DATAGRAMS_ONLY: Final = ("loss", "duplicate", "corrupt", "reorder")


@dataclass(frozen=True, slots=True)
class Impairment:
    """What a stretch of network does to the messages that cross it.

    Over a connection only delay, jitter, rate and reset can be seen: what TCP loses, it sends
    again. Several impairments are crossed one after another.

    Raises:
        Unfit: its parts contradict each other.
    """

    direction: str = parameter(
        "choice", "which way the traffic goes", "both", choices=("both", "in", "out")
    )
    source: str = parameter(
        "network", "the peers that it concerns; a /0 stands for all of them", "0.0.0.0/0"
    )
    transport: str = parameter(
        "choice", "the transport that it concerns", "any", choices=("any", "udp", "tcp")
    )
    from_: float = parameter("seconds", "when it begins", 0.0, unit="s", most=1e9)
    until: float = parameter("seconds", "when it ends; never if not said", 1e9, unit="s", most=1e9)
    loss: float = parameter("number", "how probably a datagram is lost", 0.0, most=1)
    duplicate: float = parameter("number", "how probably one comes twice", 0.0, most=1)
    corrupt: float = parameter("number", "how probably one byte of it is changed", 0.0, most=1)
    reorder: float = parameter(
        "number", "how probably a datagram overtakes those that are delayed", 0.0, most=1
    )
    reset: float = parameter("number", "how probably a message resets its connection", 0.0, most=1)
    delay: float = parameter("seconds", "how long each takes", 0.0, unit="s")
    jitter: float = parameter("seconds", "how much shorter or longer, by chance", 0.0, unit="s")
    rate: float = parameter(
        "number", "how fast they pass, 0 for any speed", 0.0, unit="bytes/s", most=1e9
    )
    queue: int = parameter(
        "integer", "how much may wait for the rate; further datagrams are lost", 1_000_000,
        unit="bytes", least=1, most=100_000_000,
    )  # fmt: skip

    def __post_init__(self) -> None:
        if self.until <= self.from_:
            msg = f"impairment: until ({self.until:g} s) is not after from ({self.from_:g} s)"
            raise Unfit(msg)
        if self.transport == "tcp":
            for name in _DATAGRAMS_ONLY:
                if getattr(self, name):
                    msg = (
                        f"impairment: {name} over tcp means nothing, since TCP repairs it; "
                        "use delay, jitter, rate or reset, or transport: udp"
                    )
                    raise Unfit(msg)
        if self.transport == "udp" and self.reset:
            msg = "impairment: reset over udp means nothing: there is no connection; use loss"
            raise Unfit(msg)
        if self.reorder and not self.delay:
            msg = "impairment: reorder needs a delay, which some datagrams are then spared"
            raise Unfit(msg)


class Crossing:
    """One message, or one stretch of a stream, on its way through the impairments.

    Attributes:
        copies: the bytes that arrive, each with the seconds that they take.
        reset: whether the connection does not survive it.
        told: a word to count, and a sentence for the record, for each thing that happened.
    """

    __slots__ = ("copies", "reset", "told")

    def __init__(self, data: bytes) -> None:
        self.copies: list[tuple[float, bytes]] = [(0.0, data)]
        self.reset = False
        self.told: list[tuple[str, str]] = []


class Path:
    """One impairment at work.

    Args:
        impairment: what it does.
        began: when it was set, in seconds; its times count from there.
        draw: random numbers.
    """

    __slots__ = ("_began", "_draw", "_free", "_network", "impairment")

    def __init__(self, impairment: Impairment, began: float, draw: Chance) -> None:
        self.impairment = impairment
        self._began = began
        self._draw = draw
        self._network = ipaddress.ip_network(impairment.source, strict=False)
        self._free = {"in": began, "out": began}

    def concerns(self, flow: Flow, direction: Direction, now: float) -> bool:
        """Whether traffic on a flow crosses it now."""
        spec = self.impairment
        since = now - self._began
        if spec.direction not in {"both", direction} or not spec.from_ <= since < spec.until:
            return False
        if spec.transport not in {"any", flow.transport}:
            return False
        if not self._network.prefixlen:
            return True
        try:
            return ipaddress.ip_address(flow.remote[0]) in self._network
        except ValueError:
            return False

    def cross(self, crossing: Crossing, flow: Flow, direction: Direction, now: float) -> None:
        """Do to a message what the impairment does."""
        spec, draw = self.impairment, self._draw
        if flow.reliable:
            if spec.reset and draw() < spec.reset:
                crossing.reset = True
                crossing.told.append(("reset", "the connection was reset"))
        else:
            self._lose_and_change(crossing)
        copies = []
        for taken, data in crossing.copies:
            wait = self._delay(flow, crossing)
            if spec.rate:
                free = max(self._free[direction], now + taken)
                backlog = (free - now - taken) * spec.rate
                if backlog + len(data) > spec.queue and not flow.reliable:
                    crossing.told.append(("overflow", "lost, since the queue is full"))
                    continue
                self._free[direction] = free + len(data) / spec.rate
                wait += self._free[direction] - now - taken
            copies.append((taken + wait, data))
        crossing.copies = copies

    def _lose_and_change(self, crossing: Crossing) -> None:
        spec, draw, told = self.impairment, self._draw, crossing.told
        copies = []
        for taken, data in crossing.copies:
            arrived = data
            if spec.loss and draw() < spec.loss:
                told.append(("lost", "lost"))
                continue
            if spec.corrupt and data and draw() < spec.corrupt:
                at = pick(len(data), draw)
                other = (data[at] + 1 + pick(255, draw)) % 256
                arrived = data[:at] + bytes([other]) + data[at + 1 :]
                told.append(("corrupted", f"corrupted at byte {at}"))
            copies.append((taken, arrived))
            if spec.duplicate and draw() < spec.duplicate:
                told.append(("duplicated", "duplicated"))
                copies.append((taken, arrived))
        crossing.copies = copies

    def _delay(self, flow: Flow, crossing: Crossing) -> float:
        spec, draw = self.impairment, self._draw
        wait = spec.delay
        if spec.jitter:
            wait += (2 * draw() - 1) * spec.jitter
        if wait <= 0:
            return 0.0
        if spec.reorder and not flow.reliable and draw() < spec.reorder:
            crossing.told.append(("reordered", "sent ahead of what is delayed"))
            return 0.0
        wait = min(wait, LONGEST)
        crossing.told.append(("delayed", f"delayed by {wait:.3f} s"))
        return wait
