"""Verdicts as people read them."""

from responder.journal.verdicts.verdict import Verdict, right, wrong
from responder.report.verdicts import fault_lines, faults_of
from tests.judging import caller, stack_of

VERDICTS = [
    Verdict("timer-a", (right(1.0, "T1 is 1 s"),)),
    Verdict("ack", (wrong(1.0, "no ACK came", "one", "RFC 3261 17.1.1.3"),)),
    Verdict("bye", (right(1.0),)),
    Verdict("cancel"),
]


def test_the_faults() -> None:
    assert fault_lines(VERDICTS) == ["wrong ack: no ACK came; expected one (RFC 3261 17.1.1.3)"]


def test_the_faults_of_a_record_alone() -> None:
    alice = caller()
    alice.call("486", {"Max-Forwards": None})
    (record,) = stack_of(alice).journal.records
    assert faults_of(record, alice.network.now) == [
        "wrong max-forwards: no Max-Forwards in the INVITE; expected one, of 70 (RFC 3261 8.1.1.6)"
    ]
    alice.advance(32.0)
    assert [line.partition(":")[0] for line in faults_of(record, alice.network.now)] == [
        "wrong ack",
        "wrong max-forwards",
    ]
