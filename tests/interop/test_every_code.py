"""Every status of the registry over real sockets, each response read by sipmessage."""

import contextlib
import re
from collections.abc import Iterator

import pytest
from sipmessage import Response

from responder.codes import Code, all_codes
from tests.interop import oracle, wanted
from tests.interop.plain_caller import RECORD_ROUTE, Call, PlainCaller
from tests.serving import Serving

CODES = all_codes()
PROVISIONAL = [code for code in CODES if code.status < 200]
FINAL = [code for code in CODES if code.status >= 200]
TYPICAL_OF_ANY = ("OPTIONS", "MESSAGE", "INFO")
# A BYE or a CANCEL outside a dialog finds nothing to end, whatever it dials.
IN_DIALOG = {(200, "BYE"), (200, "CANCEL"), (481, "CANCEL")}


def status_of(code: Code) -> str:
    return str(code.status)


def requests_of(code: Code) -> list[str]:
    """The methods other than INVITE that the status typically answers."""
    methods = TYPICAL_OF_ANY if code.methods == ("any",) else code.methods
    others = [method for method in methods if method != "INVITE"]
    return [method for method in others if (code.status, method) not in IN_DIALOG]


class Dialled:
    """Every code dialled at once over one socket, and how far its ACK was withheld.

    The clock is one more call, over UDP, that is never acknowledged: when a retransmission of its
    final response has come, every retransmission that was due before has been sent. It is dialled
    last, so all others are due before it.
    """

    def __init__(self, caller: PlainCaller, clock: PlainCaller) -> None:
        def program(code: Code) -> str:
            return f"{code.status}-486" if code.status < 200 else str(code.status)

        self.calls = {code.status: caller.dial(program(code)) for code in CODES}
        caller.receive(lambda: all(call.finals() for call in self.calls.values()))
        tick = clock.dial("486")
        clock.receive(lambda: len(tick.finals()) == 2)
        caller.drain()
        self.withheld = {status: len(call.finals()) for status, call in self.calls.items()}
        for call in self.calls.values():
            caller.acknowledge(call)
        clock.receive(lambda: len(tick.finals()) == 3)
        caller.drain()
        self.acknowledged = {status: len(call.finals()) for status, call in self.calls.items()}
        clock.acknowledge(tick)
        answered = [call for status, call in self.calls.items() if 200 <= status < 300]
        for call in answered:
            caller.bye(call)
        caller.receive(lambda: all(call.finals("BYE") for call in answered))
        self.strays = caller.strays


@pytest.fixture(scope="module", params=["udp", "tcp"])
def caller(shared: Serving, request: pytest.FixtureRequest) -> Iterator[PlainCaller]:
    with contextlib.closing(PlainCaller(request.param, shared.port(request.param))) as caller:
        yield caller


@pytest.fixture(scope="module")
def dialled(shared: Serving, caller: PlainCaller) -> Iterator[Dialled]:
    with contextlib.closing(PlainCaller("udp", shared.port("udp"))) as clock:
        yield Dialled(caller, clock)


def assert_fields(response: Response, method: str) -> None:
    for name, pattern in wanted.fields(response.code, method):
        values = response.headers.getlist(name)
        assert any(re.search(pattern, value) for value in values), f"{name}: {values}"


@pytest.mark.parametrize("code", CODES, ids=status_of)
def test_the_status_comes_with_its_phrase_and_what_makes_it_correct(
    dialled: Dialled, code: Code
) -> None:
    response = dialled.calls[code.status].response(code.status)
    assert response.phrase == code.phrase
    assert_fields(response, "INVITE")


@pytest.mark.parametrize("code", CODES, ids=status_of)
def test_the_responses_of_a_call_belong_together(
    dialled: Dialled, caller: PlainCaller, code: Code
) -> None:
    """100 comes first and has no To tag; all others have one and the same."""
    call = dialled.calls[code.status]
    expected = [100, code.status] if 100 < code.status < 200 else [100]
    final = 486 if code.status < 200 else code.status
    assert call.statuses()[: len(expected) + 1] == [*expected, final]
    tags = {oracle.to_tag(each) for each in call.responses if each.code > 100}
    assert len(tags) == 1
    assert None not in tags
    for response in call.responses:
        [via] = response.via
        parameters = dict(via.parameters.items())
        assert via.transport == caller.transport.upper()
        assert parameters["received"] == "127.0.0.1"
        assert parameters["rport"] == str(via.port)
        assert response.from_address is not None
        assert response.from_address.parameters.get("tag") == f"plain{call.number}"


@pytest.mark.parametrize("code", CODES, ids=status_of)
def test_record_route_is_copied_into_what_makes_a_dialog(dialled: Dialled, code: Code) -> None:
    response = dialled.calls[code.status].response(code.status)
    copied = ", ".join(response.headers.getlist("Record-Route"))
    assert copied == (RECORD_ROUTE if 100 < code.status < 300 and code.status != 199 else "")


@pytest.mark.parametrize("code", CODES, ids=status_of)
def test_the_final_response_is_sent_until_its_ack(
    dialled: Dialled, caller: PlainCaller, code: Code
) -> None:
    """Over TCP only a 2xx is, whose ACK comes end to end and not hop by hop."""
    again = caller.transport == "udp" or 200 <= code.status < 300
    withheld = dialled.withheld[code.status]
    # More than one comes again where the machine stands still for a second.
    assert withheld >= 2 if again else withheld == 1
    assert dialled.acknowledged[code.status] == withheld
    call = dialled.calls[code.status]
    finals = {
        raw
        for raw, each in zip(call.raw, call.responses, strict=True)
        if each.code >= 200 and each.cseq is not None and each.cseq.method == "INVITE"
    }
    assert len(finals) == 1


def test_an_answered_call_ends_by_bye(dialled: Dialled) -> None:
    for status in (200, 202, 204):
        assert dialled.calls[status].statuses("BYE") == [200]


def test_nothing_came_that_belongs_to_no_call(dialled: Dialled) -> None:
    assert dialled.strays == []


@pytest.mark.parametrize("code", PROVISIONAL, ids=status_of)
def test_a_call_that_has_only_a_provisional_response_can_be_cancelled(
    caller: PlainCaller, code: Code
) -> None:
    call = caller.dial(str(code.status))
    caller.receive(lambda: code.status in call.statuses())
    caller.cancel(call)
    caller.receive(lambda: bool(call.finals() and call.finals("CANCEL")))
    caller.acknowledge(call)
    assert call.statuses() == list(dict.fromkeys([100, code.status, 487]))
    assert call.statuses("CANCEL") == [200]
    assert len({oracle.to_tag(each) for each in call.responses if each.code > 100}) == 1


def answered(caller: PlainCaller, status: int, method: str) -> Call:
    call = caller.dial(str(status), method)
    caller.receive(lambda: bool(call.finals()))
    return call


@pytest.mark.parametrize(
    ("code", "method"),
    [
        pytest.param(code, method, id=f"{code.status}-{method}")
        for code in FINAL
        for method in requests_of(code)
    ],
)
def test_the_status_answers_the_methods_it_is_made_for(
    caller: PlainCaller, code: Code, method: str
) -> None:
    """A retransmission of the request gets the same bytes again."""
    call = answered(caller, code.status, method)
    assert call.statuses() == [code.status]
    assert call.responses[0].phrase == code.phrase
    assert_fields(call.responses[0], method)
    if caller.transport == "udp":
        caller.again(call)
        caller.receive(lambda: len(call.raw) == 2)
        assert call.raw[1] == call.raw[0]


@pytest.mark.parametrize("method", ["REGISTER", "OPTIONS", "MESSAGE"])
def test_what_rfc_4320_forbids_is_not_sent(caller: PlainCaller, method: str) -> None:
    """A 408 stays unsaid: the next request on the same socket is answered and nothing else."""
    silent = caller.dial("408", method)
    answered(caller, 404, "OPTIONS")
    assert silent.statuses() == []
