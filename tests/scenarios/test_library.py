"""The scenarios of the library: what is asked, what comes, by the clock and over real sockets."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from responder.agent.scenario_files import read_scenarios
from responder.sip.message import Message
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens
from tests.cli.phone import Phone, phone
from tests.serving import Serve

ROOT = Path(__file__).parents[2]
LIBRARY = sorted((ROOT / "scenarios").rglob("*.yaml"))


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, and what comes of it.

    Attributes:
        get: the statuses that come, in order, a copy left out.
        method: its method.
        user: the user part that it dials.
        headers: header fields of it.
        last: header fields of the last response.
        after: how long the last response takes, in seconds.
        cancel: whether it is cancelled once it rings.
    """

    get: list[int]
    method: str = "INVITE"
    user: str = "1001"
    headers: dict[str, str] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)
    after: float = 0.0
    cancel: bool = False


TOLD: dict[str, list[Ask]] = {
    "busy": [Ask([180, 486], after=0.5), Ask([200], "OPTIONS")],
    "challenge-then-accept": [
        Ask([407], last={"Proxy-Authenticate": "Digest .*"}),
        Ask([180, 200], headers={"Proxy-Authorization": 'Digest username="a"'}, after=0.5),
        Ask([407]),
    ],
    "codec-refused": [
        Ask([488], last={"Warning": '305 responder.example "Incompatible media format"'})
    ],
    "declined": [Ask([180, 603], after=1.0)],
    "interval-too-brief": [
        Ask([423], "REGISTER", "", {"Expires": "60"}, {"Min-Expires": "1800"}),
        Ask([423], "REGISTER", "", {"Expires": "1799"}, {"Min-Expires": "1800"}),
        Ask([423], "REGISTER", ""),
        Ask([200], "REGISTER", "", {"Expires": "1800"}),
        Ask([200], "REGISTER", "", {"Expires": "86400"}),
        Ask([200], "REGISTER", "", {"Expires": "0"}),
        Ask([200], "REGISTER", "", {"Contact": "<sip:a@127.0.0.1:9>;expires=3600"}),
    ],
    "moved": [
        Ask([302], last={"Contact": "<sip:desk@127.0.0.1:5060>;q=0.5"}),
        Ask([486], user="sales"),
        Ask([180, 200], user="desk", after=0.5),
    ],
    "no-answer": [Ask([180, 487], cancel=True)],
    "overloaded": [
        Ask([503], method, last={"Retry-After": r"30 \(maintenance\)"})
        for method in ("INVITE", "REGISTER", "MESSAGE")
    ]
    + [Ask([200], "OPTIONS")],
    "registration-refused": [Ask([403], "REGISTER", ""), Ask([486], user="486")],
    "rings-then-fails": [Ask([180, 500], after=2.0)],
    "server-error": [Ask([500], method) for method in ("INVITE", "OPTIONS", "MESSAGE", "PUBLISH")],
    "slow-answer": [Ask([180, 200], after=6.0)],
}

EACH = [pytest.param(name, asks, id=name) for name, asks in TOLD.items()]


def test_each_scenario_has_its_test() -> None:
    assert [path.stem for path in LIBRARY] == sorted(TOLD)


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_each_scenario_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=./scenario.schema.json\n#\n# When: ")
    assert "\n# A correct client: " in text
    assert f"\nscenario: {path.stem}\nabout: " in text
    assert read_scenarios([path]).findings == ()


def test_all_of_them_can_be_read_together() -> None:
    assert len(read_scenarios([ROOT / "scenarios"]).rules.rules) >= len(TOLD)


def holds(final: Message, ask: Ask) -> None:
    for name, pattern in ask.last.items():
        assert re.fullmatch(pattern, final.header(name) or ""), name


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(("name", "asks"), EACH)
def test_it_goes_as_told_by_the_clock(name: str, asks: list[Ask], transport: str) -> None:
    made = read_scenarios([ROOT / "scenarios" / f"{name}.yaml"])
    stack = Stack(Settings(), counted_tokens(), made.rules)
    network = Network(stack)
    for number, ask in enumerate(asks):
        caller = Caller(network, transport, (f"192.0.2.{20 + number}", 5070))
        before = network.now
        caller.start(ask.method, ask.user, ask.headers)
        if ask.cancel:
            caller.advance(60.0)
            caller.cancel()
        caller.advance(ask.after)
        statuses = [message.status for message in caller.received if message.status != 100]
        asked = caller.final(ask.method)
        if ask.method == "INVITE":
            caller.ack()
        assert list(dict.fromkeys(s for s in statuses if not (ask.cancel and s == 200))) == ask.get
        assert network.now - before == pytest.approx(ask.after + 60.0 * ask.cancel)
        holds(asked, ask)
        assert asked.header("Server") in {
            f"sip-responder ({rule.program.name})" for rule in made.rules.rules
        } | {"sip-responder", "sip-responder (dial)"}


async def asked(alice: Phone, ask: Ask, number: int) -> list[int]:
    """Send a request over a real socket; return what came, and leave the call at its end."""
    uri = f"sip:{ask.user}@127.0.0.1" if ask.user else "sip:127.0.0.1"
    text = alice.request(ask.method, uri, f"ask{number}")
    lines = [line for line in text.split("\r\n") if line.partition(":")[0] not in ask.headers]
    lines[-3:-3] = [f"{name}: {value}" for name, value in ask.headers.items()]
    text = "\r\n".join(lines).replace("Call-ID: ", f"Call-ID: {number}-", 1)
    await alice.send(text)
    statuses: list[int] = []
    while not statuses or statuses[-1] < 200:
        response = await alice.receive()
        if response.status in {100, *statuses} or response.fields[b"cseq"].endswith(b"CANCEL"):
            continue
        statuses.append(response.status)
        if ask.cancel and response.status == 180:
            head = text.replace("INVITE sip", "CANCEL sip", 1).replace("1 INVITE", "1 CANCEL", 1)
            await alice.send(head)
    holds(response, ask)
    if ask.method == "INVITE":
        to = response.fields[b"to"].decode()
        branch = f"ask{number}" if response.status >= 300 else f"ack{number}"
        ack = alice.request("ACK", uri, branch, to)
        await alice.send(ack.replace("Call-ID: ", f"Call-ID: {number}-", 1))
    return statuses


@pytest.mark.parametrize(("name", "asks"), EACH)
async def test_it_goes_as_told_over_real_sockets(name: str, asks: list[Ask], serve: Serve) -> None:
    serving = serve(str(ROOT / "scenarios" / f"{name}.yaml"))
    async with phone(serving.sip[0]) as alice:
        for number, ask in enumerate(asks):
            assert await asked(alice, ask, number) == ask.get
