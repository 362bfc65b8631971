"""A caller and its far end, message by message, on a clock that is moved by hand."""

from typing import TypedDict

import pytest

from responder.sip.headers.via import parse_via
from tests.probe.far_end import FarEnd

CONTACT = b"Contact: <sip:far@192.0.2.9>"
CHALLENGE = b'WWW-Authenticate: Digest realm="r", nonce="%b", qop="auth", algorithm=MD5'


class Login(TypedDict):
    user: bytes
    password: bytes


LOGIN: Login = {"user": b"alice", "password": b"secret"}

# The request


def test_an_invite_has_all_that_a_request_needs() -> None:
    far = FarEnd("sip:486@192.0.2.9;retry-after=30")
    sent = far.last()
    fields = sent.message.fields
    assert sent.flow is far.flow
    assert sent.address is None
    assert sent.message.uri == b"sip:486@192.0.2.9;retry-after=30"
    via = parse_via(fields[b"via"])
    assert (via.transport, via.sent_by, via.rport) == (b"UDP", b"192.0.2.1:40000", b"")
    assert via.has_cookie
    assert fields[b"to"] == b"<sip:486@192.0.2.9>"
    assert fields[b"from"].startswith(b"<sip:probe@192.0.2.1>;tag=")
    assert fields[b"contact"] == b"<sip:probe@192.0.2.1:40000>"
    assert fields[b"max-forwards"] == b"70"
    assert fields[b"cseq"] == b"1 INVITE"
    assert fields[b"content-type"] == b"application/sdp"
    assert b"m=audio 9 RTP/AVP 0 8 9 96 101 102" in sent.message.body
    assert sent.message.fault is None


def test_a_failure_is_acknowledged_and_ends_the_attempt() -> None:
    far = FarEnd()
    far.network.advance(0.25)
    far.answer(100)
    far.answer(180)
    far.network.advance(1)
    assert not far.settled()
    [ack] = far.answer(486, reason=b"Busy Here")
    assert ack.message.method == b"ACK"
    assert ack.message.fields[b"via"] == far.last(b"INVITE").message.fields[b"via"]
    assert far.settled()
    result = far.result
    assert (result.end, result.status, result.reason) == ("failed", 486, "Busy Here")
    assert result.statuses == [100, 180, 486]
    assert (result.first_at, result.final_at) == (0.25, 1.25)
    record = result.record
    assert (record.status, record.statuses, record.ended) == (486, [100, 180, 486], 1.25)
    assert (record.source, record.transport) == ("192.0.2.9:5060", "udp")
    assert record.call_id.encode() == ack.message.fields[b"call-id"]


def test_an_invite_without_any_answer_is_sent_at_the_intervals_of_timer_a() -> None:
    far = FarEnd(timeout=60)
    far.network.advance(60)
    assert [sent.at for sent in far.requests()] == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert len({sent.data for sent in far.requests()}) == 1
    assert far.result.end == "timeout"
    assert far.result.why == "no response came within 32 s"
    assert far.settled()


def test_another_request_without_any_answer_is_sent_at_the_intervals_of_timer_e() -> None:
    far = FarEnd(method=b"OPTIONS", timeout=60)
    far.network.advance(60)
    times = [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert [sent.at for sent in far.requests()] == times
    assert far.result.end == "timeout"


def test_another_request_is_given_up_as_soon_as_its_time_is_over() -> None:
    far = FarEnd(method=b"OPTIONS", timeout=2)
    far.answer(100)
    far.network.advance(2)
    assert far.settled()
    assert far.result.why == "no final response came within 2 s, the last was 100"
    assert far.network.advance(60) == []


def test_another_request_is_answered_without_ack() -> None:
    far = FarEnd(method=b"MESSAGE")
    request = far.last().message
    assert request.body == b"Is anybody there?"
    assert b"contact" not in request.fields
    assert far.answer(202) == []
    assert (far.result.end, far.result.status) == ("answered", 202)
    assert far.settled()


# The end of its time


@pytest.mark.row("CAN-07")
def test_out_of_time_a_ringing_invite_is_cancelled() -> None:
    far = FarEnd(timeout=5)
    far.answer(180)
    [cancel] = far.network.advance(5)
    invite = far.last(b"INVITE").message
    assert cancel.at == 5
    assert cancel.message.method == b"CANCEL"
    assert cancel.message.fields[b"via"] == invite.fields[b"via"]
    assert cancel.message.fields[b"cseq"] == b"1 CANCEL"
    far.respond(cancel, 200)
    assert not far.settled()
    [ack] = far.respond(far.last(b"INVITE"), 487)
    assert ack.message.method == b"ACK"
    assert (far.result.end, far.result.status) == ("cancelled", 487)
    assert far.result.why == "no final response came within 5 s"
    assert far.settled()


@pytest.mark.row("CAN-07")
def test_a_cancel_waits_for_the_first_provisional() -> None:
    far = FarEnd(timeout=5)
    methods = {sent.message.method for sent in far.network.advance(10)}
    assert methods == {b"INVITE"}
    [cancel] = far.answer(100)
    assert cancel.message.method == b"CANCEL"
    assert far.respond(far.last(b"INVITE"), 180) == []


@pytest.mark.row("CAN-07")
def test_an_answer_that_crosses_the_cancel_is_acknowledged_and_hung_up() -> None:
    far = FarEnd(timeout=5, hold=60.0)
    far.answer(180)
    far.network.advance(5)
    ack, bye = far.respond(far.last(b"INVITE"), 200, CONTACT)
    assert [ack.message.method, bye.message.method] == [b"ACK", b"BYE"]
    assert (far.result.end, far.result.status) == ("cancelled", 200)
    far.respond(bye, 200)
    assert far.settled()


def test_without_any_provisional_it_ends_after_its_grace() -> None:
    far = FarEnd(timeout=5, grace=1.0)
    far.network.advance(6)
    assert far.result.why == "no response came within 6 s"
    assert far.settled()
    assert far.network.advance(60) == []


def test_without_grace_it_ends_at_once() -> None:
    far = FarEnd(timeout=5, grace=0.0)
    far.network.advance(5)
    assert far.settled()


def test_a_late_final_without_any_provisional_still_counts() -> None:
    far = FarEnd(timeout=5)
    far.network.advance(6)
    far.respond(far.last(b"INVITE"), 486)
    assert (far.result.end, far.result.status) == ("cancelled", 486)
    assert far.network.advance(60) == []


def test_a_grace_that_ends_after_the_cancel_changes_nothing() -> None:
    far = FarEnd(timeout=5, grace=2.0)
    far.network.advance(6)
    far.answer(180)
    far.network.advance(10)
    assert far.result.end == ""


def test_a_cancelled_invite_without_final_is_given_up_after_64_t1() -> None:
    far = FarEnd(timeout=5)
    far.answer(180)
    far.network.advance(5)
    far.network.advance(32)
    assert far.result.end == "timeout"
    assert far.result.why == "no final response came within 37 s, the last was 180"
    assert "CANCEL was given up: timeout" in far.notes


def test_a_challenge_to_a_cancelled_invite_is_not_answered() -> None:
    far = FarEnd(timeout=5, **LOGIN)
    far.answer(180)
    far.network.advance(5)
    [ack] = far.respond(far.last(b"INVITE"), 401, CHALLENGE % b"1")
    assert ack.message.method == b"ACK"
    assert far.result.status == 401


def test_giving_up_cancels_or_hangs_up_what_there_is() -> None:
    ringing = FarEnd()
    ringing.answer(180)
    ringing.caller.give_up("it was interrupted", 1.0)
    ringing.network.collect()
    assert ringing.last().message.method == b"CANCEL"
    ringing.caller.give_up("it was interrupted", 2.0)
    ringing.network.collect()
    assert len(ringing.requests(b"CANCEL")) == 1
    ringing.respond(ringing.last(b"INVITE"), 487)
    assert ringing.result.why == "it was interrupted"

    talking = FarEnd(hold=60.0)
    talking.answer(200, CONTACT)
    for now in (1.0, 2.0):
        talking.caller.give_up("it was interrupted", now)
        talking.network.collect()
    assert len(talking.requests(b"BYE")) == 1
    talking.answer(200)
    assert talking.result.end == "answered"
    assert talking.settled()


# What is dropped


@pytest.mark.row("RSP-12")
@pytest.mark.parametrize("separator", [b", ", b"\r\nVia: "], ids=["list", "lines"])
def test_a_response_with_two_vias_is_dropped(separator: bytes) -> None:
    far = FarEnd()
    via = far.last().message.fields[b"via"]
    assert far.answer(200, CONTACT, via=separator.join([via, via])) == []
    assert far.result.statuses == []
    assert far.notes == [
        "dropped this response: it carries 2 Via values, so it is not for us",
    ]


@pytest.mark.row("TRN-12")
def test_a_response_for_another_sent_by_is_dropped() -> None:
    far = FarEnd()
    via = far.last().message.fields[b"via"].replace(b"192.0.2.1", b"192.0.2.2")
    assert far.answer(486, via=via) == []
    assert far.notes == ["dropped this response: its Via names 192.0.2.2:40000, which is not us"]


@pytest.mark.row("SYN-20")
@pytest.mark.parametrize(
    ("status", "changes"),
    [
        pytest.param(4294967301, {}, id="status-of-ten-digits"),
        pytest.param(99, {}, id="status-99"),
        pytest.param(700, {}, id="status-700"),
        pytest.param(200, {"cseq": b"9292394834772304023312 INVITE"}, id="cseq"),
        pytest.param(200, {"expires": b"10000000000000000000000000"}, id="expires"),
    ],
)
def test_statuses_and_numbers_out_of_range_are_dropped(
    status: int, changes: dict[str, bytes]
) -> None:
    far = FarEnd()
    assert far.answer(status, CONTACT, **changes) == []
    assert far.result.statuses == []
    assert far.notes[0].startswith("dropped this response: ")
    far.answer(486)
    assert far.result.status == 486


def test_a_response_that_nothing_waits_for_is_dropped() -> None:
    far = FarEnd()
    far.answer(486, cseq=b"1 BYE")
    assert far.notes == ["dropped this response: nothing waits for it"]


@pytest.mark.row("RSP-11")
@pytest.mark.parametrize(
    ("status", "taken"), [(499, 400), (599, 500), (299, 200), (399, 300), (699, 600)]
)
def test_an_unknown_final_is_treated_as_the_first_of_its_class(status: int, taken: int) -> None:
    far = FarEnd(method=b"OPTIONS")
    far.answer(status)
    assert (far.result.status, far.result.understood) == (status, taken)
    assert f"{status} is unknown: treated as {taken}" in far.notes


@pytest.mark.row("RSP-11")
def test_an_unknown_provisional_is_treated_as_183() -> None:
    far = FarEnd(timeout=5)
    far.answer(155)
    assert "155 is unknown: treated as 183" in far.notes
    [cancel] = far.network.advance(5)
    assert cancel.message.method == b"CANCEL"


@pytest.mark.parametrize("data", [b"\r\n\r\n", b"\0\0\0\0", b""], ids=["crlf", "nul", "empty"])
def test_keep_alive_datagrams_mean_nothing(data: bytes) -> None:
    far = FarEnd()
    assert far.flow is not None
    assert far.network.receive(far.flow, data) == []
    assert far.notes == []


def test_a_packet_from_elsewhere_is_noted() -> None:
    far = FarEnd()
    far.caller.source_refused("udp", ("198.51.100.1", 5060), 1.0)
    assert far.notes == ["dropped a packet from 198.51.100.1 (udp): not allowed"]


# Failures of datagrams


def test_a_port_that_nobody_listens_on_ends_the_attempt() -> None:
    far = FarEnd()
    assert far.flow is not None
    far.fail(far.flow, "port unreachable", ("192.0.2.50", 5060))
    assert far.result.end == ""
    far.fail(far.flow, "port unreachable")
    assert (far.result.end, far.result.why) == ("transport", "port unreachable")
    assert far.settled()


def test_a_failure_elsewhere_concerns_what_was_sent_there_by_name() -> None:
    far = FarEnd()
    _, bye = far.answer(200, b"Contact: <sip:far@far.example>")
    assert bye.address == ("far.example", 0)
    far.fail(bye.flow, "host unreachable", ("198.51.100.9", 5060))
    assert far.settled()
    assert "BYE was not answered: host unreachable" in far.notes


def test_an_ack_that_could_not_be_delivered_is_noted() -> None:
    far = FarEnd()
    assert far.flow is not None
    far.answer(486)
    far.fail(far.flow, "port unreachable")
    assert "INVITE was given up: port unreachable" in far.notes
    assert far.result.status == 486
