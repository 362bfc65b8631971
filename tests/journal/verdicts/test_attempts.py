"""Who the same caller is, and what belongs to one of its calls."""

import pytest

from responder.journal.record import Record
from responder.journal.verdicts.attempts import Attempts, attempt_of
from responder.testing.caller import Caller
from tests.judging import caller, stack_of


def later(who: Caller, number: int = 1) -> list[int]:
    """Return the numbers of the records that are later attempts of the caller of a record."""
    journal = stack_of(who).journal
    record = next(each for each in journal.records if each.number == number)
    first = attempt_of(record)
    assert first is not None
    return [each.record.number for each in Attempts(journal.records).later(first)]


def apart(who: Caller, number: int = 1) -> list[bytes]:
    """Return the start of each message elsewhere that belongs to a record."""
    journal = stack_of(who).journal
    record = next(each for each in journal.records if each.number == number)
    first = attempt_of(record)
    assert first is not None
    found = Attempts(journal.records, journal.strays).apart(first)
    return [entry.data.partition(b" sip:")[0] for entry in found if entry.kind == "received"]


def test_a_record_that_holds_no_message_is_no_attempt() -> None:
    assert attempt_of(Record(1, 0.0, "INVITE")) is None
    alice = caller()
    alice.call("486")
    first = attempt_of(stack_of(alice).journal.records[0])
    assert first is not None
    assert Attempts([Record(2, 0.0, "INVITE")]).later(first) == []


def test_later_attempts_are_those_of_the_same_user_and_address_in_order() -> None:
    alice = caller()
    for dialled in ("486", "200", "404"):
        alice.call(dialled)
    assert later(alice) == [2, 3]
    assert later(alice, 2) == [3]


@pytest.mark.parametrize(
    ("remote", "user", "same"),
    [
        (("192.0.2.9", 6000), "alice", True),
        (("192.0.2.10", 5070), "alice", False),
        (("192.0.2.9", 5070), "bob", False),
    ],
)
def test_the_port_may_differ(remote: tuple[str, int], user: str, same: bool) -> None:
    alice = caller()
    alice.call("486")
    Caller(alice.network, remote=remote, user=user).call("486")
    assert later(alice) == ([2] if same else [])


def test_another_listener_and_another_transport_belong_to_the_same_caller() -> None:
    alice = caller()
    alice.call("486")
    alice.flow = alice.network.datagrams(alice.remote, ("192.0.2.1", 5062))
    alice.call("486")
    alice.flow = alice.network.connect(alice.remote)
    alice.call("486")
    assert later(alice) == [2, 3]


def test_what_came_in_a_dialog_is_no_attempt() -> None:
    alice = caller()
    alice.call("200")
    alice.ack()
    alice.inside("INFO", {"To": "<sip:200@192.0.2.1>;tag=other"})
    alice.cancel({"Via": "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-new"})
    assert later(alice) == []
    assert apart(alice) == [b"INFO", b"CANCEL"]


def test_an_ack_that_matches_nothing_belongs_to_its_call() -> None:
    alice = caller()
    alice.call("486")
    via = "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKx"
    alice.ack({"To": "<sip:486@192.0.2.1>;tag=x", "Via": via})
    alice.ack({"Call-ID": "other", "Via": "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKy"})
    alice.network.receive(alice.flow, b"nonsense")
    assert len(stack_of(alice).journal.strays) == 3
    assert apart(alice) == [b"ACK"]


def test_what_comes_later_belongs_to_the_latest_attempt_of_the_call() -> None:
    alice = caller()
    alice.call("486")
    alice.ack()
    alice.advance(1.0)
    alice.send(alice.request("INVITE", "sip:486@192.0.2.1"))
    alice.advance(1.0)
    alice.ack({"Via": "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKx"})
    assert apart(alice) == []
    assert apart(alice, 2) == [b"ACK"]


def test_a_copy_after_the_end_of_the_transaction_is_no_attempt() -> None:
    alice = caller()
    alice.start("OPTIONS", "200")
    alice.advance(40.0)
    alice.again()
    assert len(stack_of(alice).journal.records) == 2
    assert later(alice) == []
    assert apart(alice) == [b"OPTIONS"]
