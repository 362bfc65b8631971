"""What findings come to, and how a verdict is said."""

from responder.journal.verdicts.verdict import OUTCOMES, Verdict, right, wrong

GOOD = right(1.0)
FAULT = wrong(2.0, "no ACK came", "one for each 2xx", "RFC 3261 13.2.2.4")


def test_no_finding_means_that_nothing_was_seen() -> None:
    verdict = Verdict("ack")
    assert (verdict.outcome, verdict.sentence(), verdict.seconds) == ("not seen", "", None)


def test_all_right_is_correct() -> None:
    assert Verdict("ack", (GOOD, GOOD)).outcome == "correct"
    assert Verdict("ack", (GOOD,)).sentence() == ""


def test_one_fault_outweighs_all_else() -> None:
    verdict = Verdict("ack", (GOOD, FAULT, GOOD))
    assert verdict.outcome == "wrong"
    assert verdict.faults == (FAULT,)
    assert verdict.sentence() == "no ACK came; expected one for each 2xx (RFC 3261 13.2.2.4)"


def test_further_faults_are_counted() -> None:
    assert Verdict("ack", (FAULT, FAULT, FAULT)).sentence().endswith("13.2.2.4), and 2 more")


def test_a_remark_and_a_measure_are_handed_on() -> None:
    verdict = Verdict("timer-a", (GOOD, right(3.0, "T1 is 1 s", 1.0), right(4.0, "later", 2.0)))
    assert (verdict.sentence(), verdict.seconds) == ("T1 is 1 s", 1.0)


def test_every_outcome_is_explained() -> None:
    assert {Verdict("x", each).outcome for each in ((), (GOOD,), (FAULT,))} == OUTCOMES.keys()
