"""The transmit hook in whole calls: what the caller sees, and what the record says of it."""

import pytest

from responder.scenario.steps import Respond, Wait
from responder.testing.caller import OFFER
from tests.faults.calls import Answered, called, drawing, faulty


def entries(answered: Answered) -> list[str]:
    """What the record holds, without what came in."""
    found = []
    for entry in answered.record.entries:
        if not entry.kind.startswith("received"):
            text = entry.data.decode() if entry.kind == "fault" else entry.data[8:11].decode()
            found.append(f"{entry.kind}: {text}")
    return found


# Loss.


def test_a_dropped_200_is_sent_again_by_its_dialog() -> None:
    call = called(Respond(100), Respond(180), faulty(200, {"drop": 1}))
    call.alice.advance(0.6)
    call.alice.ack()
    call.alice.advance(40.0)
    assert call.ladder == ["-> INVITE", "<- 100", "<- 180", "+0.5 <- 200", "+0.1 -> ACK"]
    assert entries(call) == [
        "sent: 100",
        "sent: 180",
        "fault: dropped transmission 1 of 200",
        "suppressed: 200",
        "sent again: 200",
    ]
    assert call.record.status == 200


def test_two_dropped_transmissions_of_a_486_leave_the_third() -> None:
    call = called(faulty(486, {"drop": 2}))
    call.alice.advance(2.0)
    call.alice.ack()
    call.alice.advance(40.0)
    assert call.ladder == ["-> INVITE", "+1.5 <- 486", "+0.5 -> ACK"]
    assert call.record.faults() == [
        "dropped transmission 1 of 486",
        "dropped transmission 2 of 486",
    ]
    assert call.left_over() == {}


def test_a_copy_of_the_invite_asks_for_a_transmission_too() -> None:
    call = called(faulty(180, {"drop": 1}))
    call.alice.again()
    assert call.ladder == ["-> INVITE", "-> INVITE again", "<- 180"]


def test_what_is_dropped_over_tcp_is_lost_for_good() -> None:
    call = called(faulty(486, {"drop": 1}), transport="tcp")
    call.alice.advance(60.0)
    assert call.ladder == ["-> INVITE"]
    assert call.left_over() == {}


def test_a_window_of_transmissions_is_dropped() -> None:
    call = called(faulty(486, {"drop": {"from": 2, "count": 2}}))
    call.alice.advance(8.0)
    assert call.ladder == ["-> INVITE", "<- 486", "+3.5 <- 486 again", "+4 <- 486 again"]


def test_chance_decides_about_each_transmission() -> None:
    call = called(faulty(486, {"drop": {"chance": 0.3}}), chance=drawing(0.29, 0.3, 0.1))
    call.alice.advance(8.0)
    assert call.ladder == ["-> INVITE", "+0.5 <- 486", "+7 <- 486 again"]


def test_each_message_counts_its_own_transmissions() -> None:
    call = called(faulty(180, {"drop": 1}), Wait(1.0), faulty(486, {"drop": 1}))
    call.alice.advance(2.0)
    assert call.ladder == ["-> INVITE", "+1.5 <- 486"]


def test_a_provisional_that_is_repeated_while_it_rings_counts_on() -> None:
    call = called(faulty(180, {"drop": 1}))
    call.alice.advance(61.0)
    assert call.ladder == ["-> INVITE", "+60 <- 180"]


def test_what_follows_without_a_fault_is_left_alone() -> None:
    call = called(faulty(180, "drop"), Respond(486))
    call.alice.advance(0.6)
    assert call.ladder == ["-> INVITE", "<- 486", "+0.5 <- 486 again"]


# Copies.


def test_a_final_is_duplicated() -> None:
    call = called(faulty(486, {"duplicate": {"copies": 2, "gap": 0.1}}))
    call.alice.ack()
    call.alice.advance(1.0)
    assert call.ladder == [
        "-> INVITE",
        "<- 486",
        "-> ACK",
        "+0.1 <- 486 again",
        "+0.1 <- 486 again",
    ]
    assert entries(call)[-2:] == ["sent again: 486", "sent again: 486"]
    assert call.record.retransmissions == 2


def test_each_transmission_of_a_2xx_has_another_tag() -> None:
    call = called(faulty(200, "other-tag"), chance=drawing(0.0, 0.5))
    call.alice.advance(2.0)
    tags = [str(message.header("To")).partition(";tag=")[2] for message in call.alice.received]
    assert tags[1:] == ["other-08080808", "other-08080808"]
    assert len(set(tags)) == 2


def test_a_180_follows_the_final_response() -> None:
    call = called(faulty(200, {"also": {"status": 180, "after": 0.2}}))
    call.alice.advance(0.3)
    assert call.ladder == ["-> INVITE", "<- 200", "+0.2 <- 180"]
    assert call.alice.last().body == b""


def test_another_final_follows_the_final_response() -> None:
    call = called(faulty(486, {"also": 200}))
    assert call.ladder == ["-> INVITE", "<- 486", "<- 200"]
    call.alice.advance(40.0)
    assert call.left_over() == {}


# Time and order.


def test_every_transmission_is_delayed() -> None:
    call = called(faulty(486, {"delay": 2.0}))
    call.alice.advance(3.0)
    assert call.ladder == ["-> INVITE", "+2 <- 486", "+0.5 <- 486 again"]
    assert call.record.faults()[0] == "delayed transmission 1 of 486 by 2.000 s"


def test_a_delayed_180_arrives_after_the_answer_to_the_cancel() -> None:
    call = called(Respond(100), faulty(180, {"delay": 1.0}))
    call.alice.cancel()
    call.alice.ack()
    call.alice.advance(2.0)
    assert call.ladder == [
        "-> INVITE",
        "<- 100",
        "-> CANCEL",
        "<- 200 to CANCEL",
        "<- 487",
        "-> ACK",
        "+1 <- 180",
    ]


def test_a_180_and_a_200_change_places() -> None:
    call = called(faulty(180, "reorder"), Respond(200))
    assert call.ladder == ["-> INVITE", "<- 200", "<- 180"]


def test_what_waits_for_a_next_one_in_vain_leaves_by_itself() -> None:
    call = called(faulty(180, {"reorder": 0.3}))
    call.alice.advance(1.0)
    assert call.ladder == ["-> INVITE", "+0.3 <- 180"]


def test_a_reordered_message_follows_a_delayed_one() -> None:
    call = called(faulty(180, "reorder"), faulty(486, {"delay": 0.2}))
    call.alice.advance(0.3)
    assert call.ladder == ["-> INVITE", "+0.2 <- 486", "<- 180"]


def test_two_messages_leave_in_one_segment() -> None:
    call = called(faulty(180, "join"), Respond(200), transport="tcp")
    [sent] = call.alice.network.sent
    assert sent.data.startswith(b"SIP/2.0 180 ")
    assert sent.data.count(b"SIP/2.0 200 OK") == 1


# Damage.


def test_a_transmission_is_corrupted_once_and_the_kept_bytes_are_not() -> None:
    call = called(faulty(486, {"corrupt": {"bytes": 2, "where": "header"}}))
    call.alice.advance(2.0)
    first, second, third = [sent.data for sent in call.alice.network.sent]
    assert first != second == third
    assert len(first) == len(second)
    assert first.partition(b"\r\n")[0] == second.partition(b"\r\n")[0]


def test_a_transmission_is_truncated() -> None:
    call = called(faulty(486, {"truncate": 20}))
    call.alice.advance(0.6)
    first, second = [sent.data for sent in call.alice.network.sent]
    assert first == second[:20]
    assert call.record.faults() == [f"truncated transmission 1 of 486 to 20 of {len(second)} bytes"]


# The way.


def test_a_response_leaves_from_another_port() -> None:
    call = called(faulty(486, "from-port"))
    call.alice.advance(0.6)
    assert [sent.port for sent in call.alice.network.sent] == [0, 0]


def test_rport_is_ignored() -> None:
    call = called(faulty(486, "ignore-rport"))
    via = "SIP/2.0/UDP 192.0.2.9:5099;rport;branch=z9hG4bK-behind-nat"
    call.alice.call("1001", {"Via": via})
    assert [sent.address for sent in call.alice.network.sent] == [
        ("192.0.2.9", 5070),
        ("192.0.2.9", 5099),
    ]


@pytest.mark.parametrize(
    ("transport", "name", "needed"),
    [
        ("udp", "split", "a connection"),
        ("udp", "reset", "a connection"),
        ("tcp", "from-port", "UDP"),
    ],
)
def test_a_fault_that_the_transport_cannot_have_is_left_out(
    transport: str, name: str, needed: str
) -> None:
    call = called(faulty(486, name), transport=transport)
    assert call.ladder == ["-> INVITE", "<- 486"]
    assert call.record.faults() == [f"no {name} for transmission 1 of 486: it takes {needed}"]


# Connections.


def test_a_message_is_split_and_the_next_one_waits_for_its_end() -> None:
    call = called(
        faulty(180, {"split": {"segments": 3, "pause": 0.1}}), Respond(200), transport="tcp"
    )
    call.alice.advance(0.5)
    sent = [(round(each.at - 1000.0, 3), each.data) for each in call.alice.network.sent]
    assert [at for at, _ in sent] == [0.0, 0.1, 0.2, 0.2, 0.5]
    whole = b"".join(data for _, data in sent[:3])
    assert whole.startswith(b"SIP/2.0 180 Ringing\r\n")
    assert whole.endswith(b"\r\n\r\n")
    assert sent[3][1].startswith(b"SIP/2.0 200 OK\r\n")
    assert [entry.kind for entry in call.record.entries].count("sent") == 2


def test_bytes_trickle() -> None:
    call = called(faulty(486, {"slow": 10}), transport="tcp")
    call.alice.advance(1.05)
    pieces = [sent.data for sent in call.alice.network.sent]
    assert b"".join(pieces) == b"SIP/2.0 486"
    assert {len(piece) for piece in pieces} == {1}


def test_a_connection_is_reset_in_the_middle_of_a_message() -> None:
    call = called(Respond(100), faulty(486, {"reset": 12}), transport="tcp")
    assert call.alice.network.sent[1].data == b"SIP/2.0 486 "
    assert call.alice.network.resets == [call.alice.flow]
    assert call.record.faults()[0].startswith("reset the connection after 12 of ")
    call.alice.advance(60.0)
    assert call.left_over() == {}


def test_a_connection_is_closed_behind_a_message_that_trickles() -> None:
    call = called(
        faulty(486, {"slow": {"rate": 1000, "bytes": 100}, "close": None}), transport="tcp"
    )
    assert not call.alice.flow.closed
    call.alice.advance(5.0)
    whole = b"".join(sent.data for sent in call.alice.network.sent)
    assert whole.endswith(b"\r\n\r\n")
    assert call.alice.network.closed == [call.alice.flow]
    assert call.alice.network.resets == []


def test_what_is_delayed_beyond_the_connection_never_leaves() -> None:
    call = called(faulty(486, {"delay": 1.0}), transport="tcp")
    call.alice.disconnect()
    call.alice.advance(2.0)
    assert call.alice.network.sent == []
    assert call.record.faults()[1] == ("what was held back did not leave: its connection is closed")


def test_a_2xx_is_split_in_each_of_its_transmissions() -> None:
    call = called(faulty(200, {"split": 2}), transport="tcp")
    call.alice.advance(0.6)
    assert len(call.alice.network.sent) == 4


# The rest of the call.


def test_requests_inside_the_dialog_have_no_faults() -> None:
    call = called(faulty(200, {"drop": 1}))
    call.alice.advance(0.5)
    call.alice.ack()
    call.alice.inside("INVITE", body=OFFER)
    call.alice.ack()
    call.alice.bye()
    assert call.ladder[3:] == ["-> INVITE", "<- 200", "-> ACK", "-> BYE", "<- 200 to BYE"]


@pytest.mark.parametrize("status", [199, 299, 399, 499, 599, 699])
@pytest.mark.parametrize("reason", [b"", b"x" * 8192, "zajęty 通話中".encode()])
def test_unknown_codes_with_any_phrase_leave(status: int, reason: bytes) -> None:
    call = called(Respond(status, reason), transport="udp")
    call.alice.call("1001", {"Supported": "199"})
    assert (call.alice.last().status, call.alice.last().reason) == (status, reason)
