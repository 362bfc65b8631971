"""Scenarios for networks that give trouble."""

from responder.testing.caller import OFFER, Caller
from tests.judging import again_at, outcome, stack_of
from tests.scenarios.library import BOTH, calling, register, register_again


def told(alice: Caller) -> list[str]:
    """Return what was done on purpose in the first call."""
    return stack_of(alice).journal.records[0].faults()


@BOTH
def test_lost_answer(transport: str) -> None:
    alice = calling("lost-answer", transport)
    alice.call("1001")
    alice.advance(2.5)
    alice.ack()
    alice.bye()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+2.5 <- 200",
        "-> ACK",
        "-> BYE",
        "<- 200 to BYE",
    ]
    assert told(alice) == [
        "dropped transmission 1 of 200",
        "dropped transmission 2 of 200",
    ]
    assert outcome(alice, "ack") == outcome(alice, "bye") == "correct"


def acknowledge_each_answer(alice: Caller, seconds: int) -> None:
    """Let time pass, and send an ACK for each 200 that comes, be it a copy."""
    for _ in range(2 * seconds):
        before = alice.statuses().count(200)
        alice.advance(0.5)
        for _ in range(alice.statuses().count(200) - before):
            alice.ack()


def test_lossy_wifi() -> None:
    alice = calling("lossy-wifi")
    for _ in range(20):
        alice.call("1001")
        again_at(alice, 0.5)
        acknowledge_each_answer(alice, 20)
    journal = stack_of(alice).journal
    assert 0 < journal.counts["impaired in: lost"] + journal.counts["impaired out: lost"] < 60
    assert [record.status for record in journal.records] == [200] * 20
    for number in range(1, 21):
        assert outcome(alice, "ack", number) == "correct"
        assert outcome(alice, "timer-a", number) != "wrong"
        assert outcome(alice, "copies", number) != "wrong"


def test_lossy_wifi_spares_connections() -> None:
    alice = calling("lossy-wifi", "tcp")
    alice.call("1001")
    alice.advance(1.0)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+1 <- 200",
        "-> ACK",
    ]


@BOTH
def test_satellite(transport: str) -> None:
    alice = calling("satellite", transport)
    alice.call("1001")
    alice.advance(4.0)
    alice.ack()
    alice.advance(2.0)
    alice.ack()
    alice.advance(2.0)
    assert alice.ladder() == [
        "-> INVITE",
        "+1.2 <- 180",
        "+2 <- 200",
        "+0.5 <- 200 again",
        "+0.3 -> ACK",
        "+0.7 <- 200 again",
        "+1.3 -> ACK",
    ]
    assert outcome(alice, "ack") == "correct"


def test_outage() -> None:
    alice = calling("outage")
    alice.call("1001")
    alice.advance(1.0)
    alice.ack()
    alice.advance(39.0)
    alice.bye()
    again_at(alice, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5)
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+1 <- 200",
        "-> ACK",
        "+39 -> BYE",
        "+0.5 -> BYE again",
        "+1 -> BYE again",
        "+2 -> BYE again",
        "+4 -> BYE again",
        "+4 -> BYE again",
        "+4 -> BYE again",
        "+4 -> BYE again",
        "+4 -> BYE again",
        "<- 200 to BYE",
    ]
    assert outcome(alice, "bye") == "correct"


def test_outage_spares_connections() -> None:
    alice = calling("outage", "tcp")
    alice.advance(40.0)
    alice.call("1001")
    alice.advance(1.0)
    assert alice.statuses() == [180, 200]


@BOTH
def test_doubled_responses(transport: str) -> None:
    alice = calling("doubled-responses", transport)
    alice.call("1001")
    alice.advance(1.0)
    alice.ack()
    alice.again(alice.request("ACK", alice.target, {"CSeq": "1 ACK"}))
    alice.bye()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "<- 180 again",
        "+1 <- 200",
        "<- 200 again",
        "-> ACK",
        "-> ACK",
        "-> BYE",
        "<- 200 to BYE",
    ]
    assert outcome(alice, "ack") == outcome(alice, "bye") == "correct"


@BOTH
def test_ringing_after_answer(transport: str) -> None:
    alice = calling("ringing-after-answer", transport)
    alice.call("1001")
    alice.advance(0.5)
    alice.ack()
    alice.bye()
    assert alice.ladder() == [
        "-> INVITE",
        "+0.5 <- 200",
        "<- 180",
        "-> ACK",
        "-> BYE",
        "<- 200 to BYE",
    ]
    assert outcome(alice, "ack") == outcome(alice, "bye") == "correct"


def test_answers_from_another_port() -> None:
    alice = calling("answers-from-another-port")
    alice.call("1001")
    alice.advance(0.5)
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 486",
        "-> ACK",
    ]
    assert [sent.port for sent in alice.network.sent] == [0, 0]
    assert outcome(alice, "ack") == "correct"


def test_connection_lost() -> None:
    alice = calling("connection-lost", "tcp")
    alice.call("1001")
    assert alice.network.closed == [alice.flow]
    alice.advance(2.0)
    (opened,) = alice.network.opened
    assert opened.remote == alice.remote
    alice.flow = opened
    alice.network.core.flow_opened(opened, alice.network.now)
    alice.network.collect()
    alice.ack()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+2 <- 200",
        "-> ACK",
    ]
    assert outcome(alice, "ack") == "correct"


def test_connection_lost_has_a_meaning_over_tcp_alone() -> None:
    alice = calling("connection-lost")
    alice.call("1001")
    assert alice.statuses() == [100, 200]


def test_reset_in_a_message() -> None:
    alice = calling("reset-in-a-message", "tcp")
    register(alice)
    assert alice.network.resets == [alice.flow]
    assert alice.ladder() == [
        "-> REGISTER",
        "<- 200",
    ]
    assert told(alice) == [
        "reset the connection after 120 of 373 bytes of transmission 1 of 200 to REGISTER",
    ]


def test_reset_in_a_message_and_the_next_try_over_another_connection() -> None:
    alice = calling("reset-in-a-message", "tcp")
    register(alice)
    alice.connect()
    register_again(alice)
    assert len(alice.network.resets) == 2
    assert outcome(alice, "call-id") == "correct"


def test_reset_in_a_message_has_a_meaning_over_tcp_alone() -> None:
    alice = calling("reset-in-a-message")
    register(alice)
    assert alice.ladder() == [
        "-> REGISTER",
        "<- 200 to REGISTER",
    ]


def test_cut_off_answer() -> None:
    alice = calling("cut-off-answer")
    alice.call("1001", body=OFFER)
    alice.advance(1.0)
    half, whole = (sent.data for sent in alice.network.sent[1:])
    assert half == whole[:500]
    alice.ack()
    alice.bye()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "+0.5 <- 200",
        "-> ACK",
        "-> BYE",
        "<- 200 to BYE",
    ]
    assert outcome(alice, "ack") == outcome(alice, "bye") == "correct"


def test_message_in_pieces() -> None:
    alice = calling("message-in-pieces", "tcp")
    alice.call("1001")
    alice.advance(1.5)
    pieces = alice.network.sent[-5:]
    assert [round(each.at - 1000.0, 3) for each in pieces] == [0.5, 0.7, 0.9, 1.1, 1.3]
    whole = b"".join(each.data for each in pieces)
    assert whole.startswith(b"SIP/2.0 486 Busy Here\r\n")
    assert whole.endswith(b"\r\n\r\n")


def test_dead_after_answer() -> None:
    alice = calling("dead-after-answer")
    alice.call("1001")
    alice.advance(0.5)
    alice.ack()
    alice.advance(10.0)
    alice.bye()
    again_at(alice, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5)
    alice.advance(1.0)
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "+10 -> BYE",
        "+0.5 -> BYE again",
        "+1 -> BYE again",
        "+2 -> BYE again",
        "+4 -> BYE again",
        "+4 -> BYE again",
        "+4 -> BYE again",
        "+4 -> BYE again",
        "+4 -> BYE again",
        "+4 -> BYE again",
        "+4 -> BYE again",
    ]
    for verdict in ("ack", "timer-e", "timer-f"):
        assert outcome(alice, verdict) == "correct", verdict


def test_connection_closed_in_call() -> None:
    alice = calling("connection-closed-in-call", "tcp")
    alice.call("1001")
    alice.advance(0.5)
    alice.ack()
    alice.advance(3.0)
    assert alice.network.closed == [alice.flow]
    alice.advance(1.0)
    (opened,) = alice.network.opened
    assert opened.remote == alice.remote
    alice.flow = opened
    alice.network.core.flow_opened(opened, alice.network.now)
    alice.network.collect()
    assert alice.ladder() == [
        "-> INVITE",
        "<- 180",
        "+0.5 <- 200",
        "-> ACK",
        "+4 <- BYE",
    ]
    assert outcome(alice, "ack") == "correct"
