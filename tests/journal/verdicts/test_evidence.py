"""What a rule is given."""

from responder.journal.record import Record
from responder.journal.verdicts.attempts import Attempts
from responder.journal.verdicts.evidence import Evidence
from responder.sip.settings import Timing
from responder.sip.users import EVERYONE
from responder.testing.caller import Caller
from tests.judging import caller, evidence, stack_of


def test_a_record_without_a_message_has_nothing() -> None:
    what = Evidence(Record(1, 7.0, "INVITE"), Attempts())
    assert (what.attempt, what.later, what.now) == (None, [], 7.0)
    assert what.reading.first is None
    assert list(what.continued) == list(what.repeated) == []


def test_the_present_is_the_last_entry_unless_it_is_given() -> None:
    alice = caller()
    alice.call("180-2s-486")
    alice.advance(60.0)
    (record,) = stack_of(alice).journal.records
    what = Evidence(record)
    assert what.now == record.entries[-1].at
    assert what.timing == Timing()
    assert what.users is EVERYONE
    assert evidence(alice).now == alice.network.now


def test_without_attempts_there_is_nothing_later() -> None:
    alice = caller()
    alice.call("486")
    alice.call("486")
    record = stack_of(alice).journal.records[0]
    assert Evidence(record).later == []
    assert len(evidence(alice).later) == 1


def attempts_after_a_failure() -> Caller:
    alice = caller()
    alice.call("486")
    alice.ack()
    alice.call("486")
    alice.ack()
    alice.start("OPTIONS", "486")
    alice.call("200")
    return alice


def test_what_continues_has_the_call_id_and_what_repeats_the_target() -> None:
    alice = attempts_after_a_failure()
    what = evidence(alice)
    assert [each.record.number for each in what.later] == [2, 3, 4]
    assert list(what.continued) == []
    assert [each.record.number for each in what.repeated] == [2]
    alice.send(alice.request("INVITE", "sip:404@192.0.2.1", {"Call-ID": "call-1@192.0.2.9"}))
    assert len(list(evidence(alice).continued)) == 0  # it is in the dialog of the 200 by its To tag


def test_the_next_request_after_a_failure() -> None:
    alice = caller()
    alice.call("404")
    exchange = evidence(alice).reading.first
    assert exchange is not None
    assert evidence(alice).next_request(exchange) is None
    alice.ack()
    alice.send(alice.request("INVITE", "sip:404@192.0.2.1"))
    what = evidence(alice)
    (failed,) = what.failed(404, 486)
    following = what.next_request(failed)
    assert following is not None
    assert following.message.data == alice.invite
    assert list(what.failed(486)) == []


def test_before_a_final_response_there_is_no_next_request() -> None:
    alice = caller()
    alice.ring()
    what = evidence(alice)
    assert what.reading.first is not None
    assert what.next_request(what.reading.first) is None


def test_in_a_dialog_it_is_the_next_with_the_same_method() -> None:
    alice = caller()
    alice.call("200")
    alice.ack()
    alice.inside("INFO")
    alice.inside("OPTIONS")
    alice.inside("INFO")
    what = evidence(alice)
    first, options = what.reading.exchanges[1:3]
    following = what.next_request(first)
    assert following is not None
    assert following.message.data == alice.sent
    assert what.next_request(options) is None
