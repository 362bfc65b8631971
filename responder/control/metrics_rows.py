"""Every metric, in a row each: its name, what it says, and where it is read.

They are read when somebody asks, from counts that are there anyway. What a label can be is bounded:
it comes from our own code, or from what was configured, never from a peer.
"""

import platform
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from responder import __version__
from responder.codes.registry import lookup
from responder.control import metrics_loop_lag
from responder.control.metrics_moment import Moment
from responder.sip import traffic
from responder.sip.capabilities import METHODS
from responder.sip.dialog import STATES
from responder.sip.traffic import FURTHER, OTHER

PREFIX: Final = "sip_responder_"
"""What the name of every metric of ours begins with."""

Kind: TypeAlias = Literal["counter", "gauge", "histogram", "info"]


class Steps(NamedTuple):
    """What a histogram says at one moment.

    Attributes:
        bounds: the upper bounds of its steps, ascending.
        counts: how many there were in each step, and in one for more than the last bound.
        total: the sum of all that was observed.
    """

    bounds: Sequence[float]
    counts: Sequence[int]
    total: float


Sample: TypeAlias = tuple[tuple[str, ...], float | Steps]
"""The values of the labels, and what is said with them."""


class Row(NamedTuple):
    """One metric.

    Attributes:
        name: what follows `PREFIX`; that of a counter ends in ``_total``, of an info in ``_info``.
        kind: its type.
        about: what it says, in a sentence.
        labels: the names of its labels.
        read: yields its samples.
    """

    name: str
    kind: Kind
    about: str
    labels: tuple[str, ...]
    read: Callable[[Moment], Iterable[Sample]]

    @property
    def unit(self) -> str:
        """``seconds`` or ``bytes`` where it has one of these, else nothing."""
        last = self.name.removesuffix("_total").rpartition("_")[2]
        return last if last in {"seconds", "bytes"} else ""


# How each is read.


def _build(_: Moment) -> Iterator[Sample]:
    yield (__version__, platform.python_version()), 1


def _requests_received(moment: Moment) -> Iterator[Sample]:
    endpoint = moment.stack.endpoint
    found = endpoint.traffic.requests(endpoint.transactions.values())
    found[b"ACK"] += moment.stack.uas.acknowledgements
    for method in (*METHODS, OTHER):
        yield (method.decode(),), found[method]


def _responses_sent(moment: Moment) -> Iterator[Sample]:
    found: Counter[tuple[str, ...]] = Counter()
    for (method, status, _), count in moment.stack.endpoint.traffic.responses.items():
        found[method.decode(), _status(status)] += count
    yield from found.items()


def _requests_sent(moment: Moment) -> Iterator[Sample]:
    for method, count in moment.stack.endpoint.traffic.own_requests.items():
        yield (method.decode(),), count


def _responses_received(moment: Moment) -> Iterator[Sample]:
    found: Counter[tuple[str, ...]] = Counter()
    for (method, status), count in moment.stack.endpoint.traffic.own_responses.items():
        found[method.decode(), _status(status)] += count
    yield from found.items()


def _status(status: int) -> str:
    """Return a status as a label: those that nobody has registered are one for each class."""
    if not 100 <= status <= 699:
        return "other"
    return str(status) if lookup(status).known else f"{status // 100}xx"


def _retransmissions(moment: Moment) -> Iterator[Sample]:
    again = moment.stack.journal.again
    yield ("received",), again.received
    yield ("sent",), again.sent


def _first_responses(moment: Moment) -> Iterator[Sample]:
    counted = moment.stack.endpoint.traffic
    found: dict[bytes, list[int]] = {}
    for (method, _, step), count in counted.responses.items():
        if step != FURTHER:
            steps = found.setdefault(method, [0] * (len(traffic.BOUNDS) + 1))
            steps[step] += count
    for method, steps in found.items():
        waited = counted.waited.get(method, 0.0)
        yield (method.decode(),), Steps(traffic.BOUNDS, steps, waited)


def _transactions(moment: Moment) -> Iterator[Sample]:
    endpoint = moment.stack.endpoint
    yield ("server",), len(endpoint.transactions)
    yield ("client",), len(endpoint.clients)


def _calls(moment: Moment) -> Iterator[Sample]:
    stack = moment.stack
    found = Counter(dialog.state for dialog in stack.endpoint.dialogs.values())
    yield ("pending",), stack.uas.answers.pending
    for state, name in enumerate(STATES[:-1]):
        yield (name,), found[state]


def _connections(moment: Moment) -> Iterator[Sample]:
    found = Counter(flow.transport for flow in moment.stack.flows)
    streams = {each.transport for each in moment.sockets.listeners} - {"udp"}
    for transport in sorted(streams | found.keys()):
        yield (transport,), found[transport]


def _limits(moment: Moment) -> Iterator[Sample]:
    limits = moment.stack.settings.limits
    yield ("calls",), limits.calls
    yield ("transactions",), limits.transactions
    yield ("connections",), limits.connections
    yield ("records",), moment.stack.journal.calls


def _listeners(moment: Moment) -> Iterator[Sample]:
    for each in moment.sockets.listeners:
        yield each, 1


def _kernel_drops(moment: Moment) -> Iterator[Sample]:
    for address, count in moment.sockets.kernel_drops.items():
        yield (address,), count


def _dropped(moment: Moment) -> Iterator[Sample]:
    counts, sockets = moment.counts, moment.sockets
    yield ("source refused",), counts["refused sources"]
    yield ("stray",), counts["strays"]
    yield ("stalled stream",), counts["stalled streams"]
    yield ("undeliverable",), counts["undeliverable"]
    yield ("unsent",), sockets.unsent
    yield ("unsent audio",), sockets.unsent_audio
    yield ("slow peer",), sockets.slow_peers


def _over_limit(moment: Moment) -> Iterator[Sample]:
    for words, count in _named(moment, "over the limit: "):
        yield (words,), count


def _impaired(moment: Moment) -> Iterator[Sample]:
    for words, count in _named(moment, "impaired "):
        direction, _, effect = words.partition(": ")
        yield (direction, effect), count


def _named(moment: Moment, start: str) -> Iterator[tuple[str, int]]:
    """Yield those counts whose name begins with some words: the rest of it, and how many."""
    for name, count in moment.counts.items():
        if name.startswith(start):
            yield name.removeprefix(start), count


def _keepalives(moment: Moment) -> Iterator[Sample]:
    counts = moment.counts
    yield ("stun",), counts["STUN requests"]
    yield ("datagram",), counts["keep-alive datagrams"]


def _faults(moment: Moment) -> Iterator[Sample]:
    for name, count in moment.stack.uas.faults.counts.items():
        yield (name,), count


def _media_packets(moment: Moment) -> Iterator[Sample]:
    yield ("received",), moment.volume.received
    yield ("sent",), moment.volume.sent


def _lag(moment: Moment) -> Iterator[Sample]:
    yield (), Steps(metrics_loop_lag.BOUNDS, moment.lag.counts, moment.lag.total)


def _one(read: Callable[[Moment], float]) -> Callable[[Moment], Iterator[Sample]]:
    def reading(moment: Moment) -> Iterator[Sample]:
        yield (), read(moment)

    return reading


ROWS: Final = (
    Row("build_info", "info", "What runs, and on which Python.", ("version", "python"), _build),
    Row(
        "requests_received_total",
        "counter",
        "New requests that came; an ACK once it acknowledged something.",
        ("method",),
        _requests_received,
    ),
    Row(
        "responses_sent_total",
        "counter",
        "Responses that were sent, by the method of their request; no copies.",
        ("method", "status"),
        _responses_sent,
    ),
    Row(
        "requests_sent_total",
        "counter",
        "Requests of its own that were sent, each attempt of them; no ACK.",
        ("method",),
        _requests_sent,
    ),
    Row(
        "responses_received_total",
        "counter",
        "Responses that came to them, by the method of the request.",
        ("method", "status"),
        _responses_received,
    ),
    Row(
        "retransmissions_total",
        "counter",
        "Messages of calls that came or left again.",
        ("direction",),
        _retransmissions,
    ),
    Row(
        "first_response_seconds",
        "histogram",
        "Time from a request to its first response, a 100 too, as the clock of the core has it.",
        ("method",),
        _first_responses,
    ),
    Row(
        "transactions",
        "gauge",
        "Transactions that have not ended (RFC 3261 section 17).",
        ("side",),
        _transactions,
    ),
    Row(
        "calls",
        "gauge",
        "INVITEs that wait for an answer, and dialogs by their state.",
        ("state",),
        _calls,
    ),
    Row(
        "bindings",
        "gauge",
        "Bindings of registered phones that have not ended.",
        (),
        _one(lambda moment: moment.stack.uas.registrar.count(moment.now)),
    ),
    Row("connections", "gauge", "Open stream connections.", ("transport",), _connections),
    Row(
        "limit",
        "gauge",
        "How many there may be at a time of what is limited.",
        ("of",),
        _limits,
    ),
    Row(
        "over_limit_total",
        "counter",
        "What was refused or ended because of a limit.",
        ("limit",),
        _over_limit,
    ),
    Row(
        "dropped_total",
        "counter",
        "Messages, packets and connections that were given up.",
        ("reason",),
        _dropped,
    ),
    Row(
        "kernel_dropped_datagrams_total",
        "counter",
        "Datagrams that the kernel dropped at a full socket.",
        ("address",),
        _kernel_drops,
    ),
    Row(
        "keepalives_total",
        "counter",
        "Datagrams that only keep a binding of a NAT open.",
        ("kind",),
        _keepalives,
    ),
    Row(
        "faults_total",
        "counter",
        "Faults of steps that befell a message.",
        ("fault",),
        _faults,
    ),
    Row(
        "impairments",
        "gauge",
        "Impairments of all traffic that are set.",
        (),
        _one(lambda moment: len(moment.stack.impairments)),
    ),
    Row(
        "impaired_total",
        "counter",
        "What impairments of all traffic did to messages.",
        ("direction", "effect"),
        _impaired,
    ),
    Row(
        "media_sessions",
        "gauge",
        "Calls that have a port for audio.",
        (),
        _one(lambda moment: moment.stack.uas.sessions.live),
    ),
    Row(
        "media_streams_total",
        "counter",
        "Streams of audio that were begun.",
        (),
        _one(lambda moment: moment.volume.streams),
    ),
    Row(
        "media_packets_total",
        "counter",
        "Packets of RTP that came and left.",
        ("direction",),
        _media_packets,
    ),
    Row(
        "media_lost_packets_total",
        "counter",
        "Packets of RTP that did not come, of streams that are over.",
        (),
        _one(lambda moment: moment.volume.lost),
    ),
    Row(
        "rules",
        "gauge",
        "Rules that requests are held against.",
        (),
        _one(lambda moment: len(moment.stack.uas.rules.rules)),
    ),
    Row(
        "unmatched_requests_total",
        "counter",
        "Requests that no rule matched and nothing dialled answered.",
        (),
        _one(lambda moment: moment.stack.journal.unmatched),
    ),
    Row(
        "recorded_total",
        "counter",
        "Calls, and requests outside any call, that were recorded.",
        (),
        _one(lambda moment: moment.stack.journal.opened),
    ),
    Row(
        "records",
        "gauge",
        "Records that are kept.",
        (),
        _one(lambda moment: len(moment.stack.journal.records)),
    ),
    Row(
        "records_bytes",
        "gauge",
        "Size of the messages in them.",
        (),
        _one(lambda moment: moment.stack.journal.held),
    ),
    Row(
        "records_evicted_total",
        "counter",
        "Records that were dropped to make room.",
        (),
        _one(lambda moment: moment.stack.journal.ever_evicted),
    ),
    Row(
        "resets_total",
        "counter",
        "How often the record was forgotten, as a reset does.",
        (),
        _one(lambda moment: moment.stack.journal.cleared),
    ),
    Row(
        "listener_info",
        "info",
        "Addresses that are listened on.",
        ("transport", "address", "name"),
        _listeners,
    ),
    Row(
        "loop_lag_seconds",
        "histogram",
        "How late the event loop came to a timer, looked at four times a second.",
        (),
        _lag,
    ),
)
"""The metrics in the order in which they are exposed."""
