"""tshark decodes a call to each status: nothing malformed, and what it should be."""

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from responder.codes import Code, all_codes
from tests import peers
from tests.interop.capture import Trace, capture, rebuild
from tests.interop.plain_caller import Call, PlainCaller
from tests.serving import Serving

CODES = all_codes()
TRANSPORTS = ("udp", "tcp")
OTHERS = ("OPTIONS", "REGISTER", "MESSAGE", "SUBSCRIBE", "PUBLISH", "REFER", "INFO", "UPDATE")


def status_of(code: Code) -> str:
    return str(code.status)


class Calls:
    """A call to each status over each transport, then other requests; the calls are ended."""

    def __init__(self, serving: Serving) -> None:
        self.of: dict[tuple[str, int], Call] = {}
        self.others: list[Call] = []
        for transport in TRANSPORTS:
            port = serving.port(transport)
            with contextlib.closing(PlainCaller(transport, port)) as caller:
                for code in CODES:
                    self.of[transport, code.status] = self._call(caller, code.status)
                self.others += [self._request(caller, method) for method in OTHERS]

    @property
    def all(self) -> list[Call]:
        return [*self.of.values(), *self.others]

    @staticmethod
    def _call(caller: PlainCaller, status: int) -> Call:
        call = caller.dial(f"{status}-486" if status < 200 else str(status))
        caller.receive(lambda: bool(call.finals()))
        caller.acknowledge(call)
        if 200 <= call.finals()[0] < 300:
            caller.bye(call)
            caller.receive(lambda: bool(call.finals("BYE")))
        return call

    @staticmethod
    def _request(caller: PlainCaller, method: str) -> Call:
        call = caller.dial("200", method)
        caller.receive(lambda: bool(call.finals()))
        return call


@dataclass(frozen=True, slots=True)
class Captured:
    """The calls, and their capture."""

    calls: Calls
    trace: Trace
    starts: dict[str, list[str]]


@pytest.fixture(scope="module")
def captured(shared: Serving, tmp_path_factory: pytest.TempPathFactory) -> Captured:
    for program in ("tshark", "dumpcap"):
        peers.find(program)
    file = tmp_path_factory.mktemp("capture") / "calls.pcapng"
    ports = {transport: shared.port(transport) for transport in TRANSPORTS}
    try:
        with capture(file, ports["udp"], ports["tcp"]):
            calls = Calls(shared)
    except PermissionError:
        # The last test decodes what was sent all the same, from its bytes.
        pytest.skip("this user may not capture what goes over loopback")
    trace = Trace(file, ports["udp"], ports["tcp"])
    starts: dict[str, list[str]] = {}
    for message in trace.messages():
        starts.setdefault(message.call_id, []).append(message.start)
    return Captured(calls, trace, starts)


def statuses(starts: list[str]) -> list[str]:
    found = [re.match(r"Status: (\d{3} [^|(]+)", start) for start in starts]
    return [each[1].strip() for each in found if each]


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("code", CODES, ids=status_of)
def test_a_captured_call_is_what_was_dialled(
    captured: Captured, transport: str, code: Code
) -> None:
    call = captured.calls.of[transport, code.status]
    starts = captured.starts[call.call_id]
    assert starts[0].startswith("Request: INVITE sip:")
    assert sum(start.startswith("Request: ACK sip:") for start in starts) == 1
    told = statuses(starts)
    assert told[0] == "100 Trying"
    assert f"{code.status} {code.phrase}" in told
    if code.status < 200:
        assert told[-1] == "486 Busy Here"
    if 200 <= code.status < 300:
        assert told[-1] == "200 OK"


def test_nothing_captured_is_malformed(captured: Captured) -> None:
    assert captured.trace.malformed() == []
    assert captured.trace.warnings() == []


def test_every_response_was_captured(captured: Captured) -> None:
    heard = {call.call_id: len(call.responses) for call in captured.calls.all}
    decoded = {call_id: len(statuses(starts)) for call_id, starts in captured.starts.items()}
    assert decoded == heard


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_the_bytes_of_every_response_are_decoded(
    shared: Serving, tmp_path: Path, transport: str
) -> None:
    """The same without the right to capture: text2pcap makes packets of what was received."""
    peers.find("tshark")
    calls = Calls(shared)
    sent = [each for (over, _), each in calls.of.items() if over == transport]
    payloads = [payload for call in sent for payload in call.raw]
    port = shared.port(transport)
    file = tmp_path / "responses.pcap"
    rebuild(file, payloads, transport, port)
    trace = Trace(file, udp=port, tcp=port)
    decoded = [message.start for message in trace.messages()]
    assert statuses(decoded) == [
        f"{response.code} {response.phrase}" for call in sent for response in call.responses
    ]
    assert trace.malformed() == []
    assert trace.warnings() == []
