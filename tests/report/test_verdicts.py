"""Verdicts as people read them."""

from responder.journal.verdicts.verdict import Verdict, right, wrong
from responder.report.run import run_of
from responder.report.verdicts import fault_lines, faults_of, verdicts_of
from responder.sip.settings import Timing
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


def test_the_records_of_a_run_are_judged_with_what_their_callers_did_next() -> None:
    alice = caller()
    alice.call("sip:503@192.0.2.1;retry-after=10")
    alice.ack()
    alice.advance(2.0)
    alice.call("486")
    run = run_of(
        stack_of(alice).journal,
        name="",
        program="",
        epoch=0.0,
        began=0.0,
        ended=alice.network.now + 10.0,
        timing=Timing(t1=0.1),
    )
    judged = verdicts_of(run, run.records[:1])
    assert judged.keys() == {1}
    outcomes = {verdict.name: verdict.outcome for verdict in judged[1]}
    assert outcomes["retry-after"] == "wrong"
    assert outcomes["ack"] == "correct"
    assert "cancel" not in outcomes
    # By the T1 of the run the ACK of the second one is late already.
    (late,) = verdicts_of(run, run.records[1:]).values()
    assert {verdict.name: verdict.outcome for verdict in late}["ack"] == "wrong"
