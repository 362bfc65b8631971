"""Impairments of all traffic in whole calls, and messages that leave in pieces."""

import pytest

from responder.faults.impairment import Impairment
from responder.faults.wire import MOST_WAITING
from responder.scenario.steps import Respond
from responder.sip.events import Send, SlowSend
from tests.faults.calls import Answered, answering, drawing, faulty


def impaired(
    *impairments: Impairment, numbers: tuple[float, ...] = (0.5,), transport: str = "udp"
) -> Answered:
    call = answering(Respond(486), transport=transport, chance=drawing(*numbers))
    call.stack.impair(impairments, call.alice.network.now)
    return call


def counts(call: Answered) -> dict[str, int]:
    return {name: n for name, n in call.stack.journal.counts.items() if name.startswith("impaired")}


def test_nothing_is_impaired_by_default_and_by_nothing() -> None:
    call = answering(Respond(486))
    assert call.stack.impairments == ()
    call.stack.impair((), call.alice.network.now)
    call.alice.call("1001")
    assert call.ladder == ["-> INVITE", "<- 486"]
    assert counts(call) == {}


def test_what_leaves_is_lost_and_repeated_by_its_transaction() -> None:
    call = impaired(Impairment(direction="out", loss=0.5), numbers=(0.4, 0.3, 0.6))
    call.alice.call("1001")
    call.alice.advance(1.6)
    assert call.ladder == ["-> INVITE", "+1.5 <- 486"]
    assert counts(call) == {"impaired out: lost": 2}
    assert call.record.faults() == ["impairment out: lost"] * 2


def test_what_comes_is_lost_and_noted_once_its_call_is_known() -> None:
    call = impaired(Impairment(direction="in", loss=0.5), numbers=(0.4, 0.6, 0.4))
    call.alice.call("1001")
    assert len(call.stack.journal.records) == 0
    call.alice.again()
    call.alice.ack()
    call.alice.advance(0.6)
    assert call.ladder == [
        "-> INVITE",
        "-> INVITE again",
        "<- 486",
        "-> ACK",
        "+0.5 <- 486 again",
    ]
    assert counts(call) == {"impaired in: lost": 2}
    assert call.record.faults() == ["impairment in: lost"]


def test_both_ways_are_delayed() -> None:
    call = impaired(Impairment(delay=0.1))
    call.alice.call("1001")
    call.alice.advance(0.3)
    assert call.ladder == ["-> INVITE", "+0.2 <- 486"]


def test_a_datagram_comes_twice() -> None:
    call = impaired(Impairment(direction="in", duplicate=1))
    call.alice.call("1001")
    assert call.ladder == ["-> INVITE", "<- 486", "<- 486 again"]


def test_a_datagram_is_changed_on_its_way() -> None:
    call = impaired(Impairment(direction="out", corrupt=1), numbers=(0.0, 0.0, 0.4, 0.0))
    call.alice.call("1001")
    [sent] = call.alice.network.sent
    assert sent.data[1:3] == b"IP"
    assert sent.data[:1] != b"S"


def test_what_leaves_from_another_port_is_impaired_as_well() -> None:
    call = answering(faulty(486, "from-port"), chance=drawing(0.0))
    call.stack.impair((Impairment(direction="out", corrupt=0.9, delay=0.1),), 1000.0)
    call.alice.call("1001")
    call.alice.advance(0.1)
    assert [(sent.port, sent.data[1:3]) for sent in call.alice.network.sent] == [(0, b"IP")]


def test_impairments_are_crossed_one_after_another() -> None:
    call = impaired(Impairment(direction="out", delay=0.1), Impairment(direction="out", delay=0.2))
    call.alice.call("1001")
    call.alice.advance(0.4)
    assert call.ladder == ["-> INVITE", "+0.3 <- 486"]


def test_they_can_be_changed_and_ended_at_any_time() -> None:
    call = impaired(Impairment(direction="out", loss=1))
    assert call.stack.impairments == (Impairment(direction="out", loss=1),)
    call.alice.call("1001")
    call.alice.advance(1.0)
    call.stack.impair((), call.alice.network.now)
    call.alice.advance(1.0)
    assert call.ladder == ["-> INVITE", "+1.5 <- 486"]


def test_they_last_for_their_time() -> None:
    call = impaired(Impairment(direction="out", loss=1, from_=0.4, until=2.0))
    call.alice.call("1001")
    call.alice.advance(4.0)
    assert call.ladder == ["-> INVITE", "<- 486", "+3.5 <- 486 again"]


def test_a_stream_keeps_its_order_however_its_pieces_are_delayed() -> None:
    call = impaired(
        Impairment(direction="in", delay=0.1, jitter=0.1), numbers=(1.0, 0.0), transport="tcp"
    )
    call.alice.start("OPTIONS", "1001")
    call.alice.start("MESSAGE", "1001")
    call.alice.advance(1.0)
    assert call.ladder[2:] == ["+0.2 <- 486 to OPTIONS", "<- 486 to MESSAGE"]
    assert call.left_over() == {}


def test_a_connection_is_reset_as_something_leaves() -> None:
    call = impaired(Impairment(direction="out", reset=1), transport="tcp")
    call.alice.call("1001")
    assert call.ladder == ["-> INVITE"]
    assert call.alice.network.resets == [call.alice.flow]
    assert counts(call) == {"impaired out: reset": 1}


def test_a_connection_is_reset_as_something_comes() -> None:
    call = impaired(Impairment(direction="in", reset=1), transport="tcp")
    call.alice.call("1001")
    assert call.alice.network.resets == [call.alice.flow]
    assert len(call.stack.journal.records) == 0


def test_what_waits_on_a_connection_goes_with_it() -> None:
    call = impaired(Impairment(delay=0.1), transport="tcp")
    call.alice.call("1001")
    call.alice.disconnect()
    call.alice.advance(1.0)
    assert call.alice.network.sent == []
    assert len(call.stack.journal.records) == 0
    assert call.left_over() == {}


def test_a_datagram_that_is_late_for_a_closed_flow_is_forgotten() -> None:
    call = impaired(Impairment(direction="in", delay=0.1))
    call.alice.call("1001")
    call.alice.flow.closed = True
    call.alice.advance(1.0)
    assert len(call.stack.journal.records) == 0


def test_no_more_waits_on_a_connection_than_it_may() -> None:
    call = impaired(Impairment(direction="in", delay=10), transport="tcp")
    stack, flow = call.stack, call.alice.flow
    for _ in range(2):
        call.alice.network.receive(flow, bytes(MOST_WAITING // 2))
    assert call.alice.network.resets == []
    call.alice.network.receive(flow, b"x")
    assert call.alice.network.resets == [flow]
    assert counts(call)["impaired in: overflow"] == 1
    call.alice.advance(20.0)
    assert stack.next_deadline() is None


def test_the_end_of_a_connection_waits_for_what_was_sent_before() -> None:
    call = answering(faulty(486, {"close": None}), transport="tcp", chance=drawing(0.0))
    call.stack.impair((Impairment(direction="out", delay=0.5),), call.alice.network.now)
    call.alice.call("1001")
    assert call.alice.network.closed == []
    call.alice.advance(0.5)
    assert call.ladder == ["-> INVITE", "+0.5 <- 486"]
    assert call.alice.network.closed == [call.alice.flow]


def test_pieces_are_delayed_as_one_message() -> None:
    call = answering(faulty(486, {"split": {"segments": 2, "pause": 0.1}}), transport="tcp")
    call.stack.impair((Impairment(direction="out", delay=0.5),), call.alice.network.now)
    call.alice.call("1001")
    call.alice.advance(1.0)
    assert [round(sent.at - 1000.0, 3) for sent in call.alice.network.sent] == [0.5, 0.6]


def test_without_a_wire_a_slow_message_leaves_at_once() -> None:
    call = answering(Respond(486), transport="tcp")
    send = SlowSend(call.alice.flow, b"ab", ((0.0, b"a"), (1.0, b"b")))
    call.stack.endpoint.outputs.append(send)
    [output] = call.stack.take_outputs()
    assert isinstance(output, Send)
    assert output.data == b"ab"


def test_keep_alives_are_impaired_too() -> None:
    call = impaired(Impairment(direction="out", delay=0.2), transport="tcp")
    call.alice.network.receive(call.alice.flow, b"\r\n\r\n")
    call.alice.advance(0.3)
    assert call.ladder == ["+0.2 <- (keep-alive)"]


@pytest.mark.parametrize("rate", [200.0, 2000.0])
def test_a_slow_line_takes_its_time(rate: float) -> None:
    call = impaired(Impairment(direction="out", rate=rate))
    call.alice.call("1001")
    call.alice.advance(5.0)
    first = call.alice.network.sent[0]
    assert first.at - 1000.0 == pytest.approx(len(first.data) / rate)
