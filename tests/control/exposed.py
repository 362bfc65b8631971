"""What a stack exposes, read by the library's own parser, and a stack of which all can be told."""

from collections.abc import Mapping
from typing import Final

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from responder.control.metrics import Metrics
from responder.control.metrics_moment import Listener, Sockets
from responder.faults.impairment import Impairment
from responder.faults.registry import compile_faults
from responder.journal.journal import Journal
from responder.media.sounds import Sounds
from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond, Step
from responder.sessions import Audio
from responder.sip.settings import Limits, Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.media import Talker, VirtualPorts
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens

Series = tuple[str, frozenset[tuple[str, str]]]
"""The name of a sample, and its labels."""

SOCKETS: Final = Sockets(
    (Listener("udp", "192.0.2.1:5060", "outside"), Listener("tcp", "192.0.2.1:5060", "")),
    {"192.0.2.1:5060": 7, "other": 1},
    unsent=2,
    slow_peers=3,
    unsent_audio=4,
)


class Exposed:
    """Everything that was exposed at one moment.

    Attributes:
        families: the metrics.
        samples: what they say.
    """

    def __init__(self, text: str) -> None:
        self.families: list[Metric] = list(text_string_to_metric_families(text))
        self.samples: dict[Series, float] = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float | None:
        """What one sample says; None where there is none."""
        return self.samples.get((f"sip_responder_{name}", frozenset(labels.items())))

    def table(self, name: str) -> dict[tuple[str, ...], float]:
        """What all samples of a name say that is not 0, by the values of their labels."""
        return {
            tuple(value for _, value in sorted(labels)): value
            for (found, labels), value in self.samples.items()
            if found == f"sip_responder_{name}" and value
        }

    def labels(self) -> dict[str, set[str]]:
        """The names of the labels of every sample, by its name."""
        found: dict[str, set[str]] = {}
        for name, labels in self.samples:
            found.setdefault(name, set()).update(label for label, _ in labels)
        return found

    def growing(self) -> Mapping[Series, float]:
        """What may never become less: all that is no gauge."""
        kinds = {sample.name: family.type for family in self.families for sample in family.samples}
        return {
            series: value for series, value in self.samples.items() if kinds[series[0]] != "gauge"
        }


class Watched:
    """A stack that answers INVITEs by steps, a caller, and what the metrics say of both."""

    def __init__(
        self, *steps: Step, rules: Rules | None = None, limits: Limits | None = None, kept: int = 10
    ) -> None:
        if steps:
            rules = Rules((Rule(Program("it", (steps,)), (b"INVITE",), b"it"),))
        self.ports = VirtualPorts()
        self.stack = Stack(
            Settings(limits=limits or Limits()),
            counted_tokens(),
            rules,
            Journal(kept),
            Audio(self.ports, Sounds(lambda _: b"")),
        )
        self.network = self.ports.network = Network(self.stack)
        self.alice = Caller(self.network)
        self.metrics = Metrics(self.stack, lambda: self.network.now, lambda: SOCKETS)

    def exposed(self) -> Exposed:
        return Exposed(self.metrics.expose()[0].decode())

    def call(self, dialled: str = "it", body: bytes = b"") -> None:
        """Call, and acknowledge the answer."""
        self.alice.call(dialled, body=body)
        self.alice.ack()


def eventful() -> Watched:
    """Return a stack to which one of everything happened that a metric tells of."""
    fault = compile_faults({"duplicate": 1})
    watched = Watched(Respond(180), Respond(200, fault=fault), limits=Limits(connections=1), kept=2)
    alice, stack, network = watched.alice, watched.stack, watched.network
    watched.call(body=OFFER)
    talker = Talker(watched.ports.opened[-1])
    talker.say()
    talker.skip()
    talker.say()
    alice.again()
    alice.bye()
    watched.call("nobody")
    watched.call("486")
    alice.start("REGISTER", "", {"Contact": "<sip:alice@192.0.2.9>"})
    network.receive(alice.flow, b"\r\n\r\n")
    network.receive(alice.flow, b"nothing of ours")
    network.connect()
    network.connect()
    watched.call()
    stack.impair([Impairment(loss=1.0, until=1.0)], network.now)
    network.receive(alice.flow, b"lost")
    network.advance(2.0)
    stack.shut_down(network.now)
    network.advance(0.5)
    alice.answer(200)
    return watched
