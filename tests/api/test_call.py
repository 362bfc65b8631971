"""A call as a test looks at it."""

import pytest

from responder.api.call import Call, Message
from tests.api.calls import Owner


@pytest.fixture
def owner() -> Owner:
    return Owner()


def latest(owner: Owner) -> Call:
    return Call(owner.stack.journal.records[-1], owner)


def test_what_a_call_says(owner: Owner) -> None:
    owner.alice.call("180-2-486")
    call = latest(owner)
    assert (call.final_status, call.duration, call.statuses) == (None, None, [100, 180])
    owner.alice.advance(2.5)
    owner.alice.ack()
    assert (call.number, call.method, call.target, call.caller) == (
        1,
        "INVITE",
        "180-2-486",
        "alice",
    )
    assert (call.source, call.transport, call.rule) == ("192.0.2.9:5070", "udp", "dial")
    assert (call.final_status, call.statuses) == (486, [100, 180, 486])
    assert (call.duration, call.retransmissions) == (2.5, 1)
    assert call.call_id == owner.alice.call_id
    assert repr(call) == "<Call 1: INVITE 180-2-486 <- alice: 100 180 486>"
    assert (call.notes, call.faults, call.media) == ([], [], None)


def test_its_messages(owner: Owner) -> None:
    owner.dial("486")
    messages = latest(owner).messages
    assert [repr(each) for each in messages] == [
        "<Message <- INVITE sip:486@192.0.2.1 SIP/2.0>",
        "<Message -> SIP/2.0 100 Trying>",
        "<Message -> SIP/2.0 486 Busy Here>",
        "<Message <- ACK sip:486@192.0.2.1 SIP/2.0>",
    ]
    invite, _, busy, ack = messages
    assert (invite.method, invite.uri, invite.status) == ("INVITE", "sip:486@192.0.2.1", None)
    assert (busy.method, busy.uri, busy.status, busy.reason) == ("INVITE", "", 486, "Busy Here")
    assert (ack.at, ack.sent, busy.sent, busy.again, busy.suppressed) == (
        0,
        False,
        True,
        False,
        False,
    )
    assert invite.header("f") == invite.header("From") == invite.headers("from")[0]
    assert (busy.header("Retry-After"), busy.headers("Retry-After"), busy.body) == (None, [], b"")
    assert (invite.body, busy.body) == (b"", b"")
    assert busy.data.startswith(b"SIP/2.0 486")


def test_the_kinds_of_messages() -> None:
    assert repr(Message(0.0, "sent again", b"SIP/2.0 200 OK\r\n\r\n")).endswith("200 OK again>")
    held = Message(0.0, "suppressed", b"SIP/2.0 200 OK\r\n\r\n")
    assert (held.sent, held.suppressed, held.method) == (True, True, "")
    assert Message(0.0, "received", b"\xff").text == "\\xff"


def test_the_first_request_until_the_record_is_dropped(owner: Owner) -> None:
    owner.dial("486")
    call = latest(owner)
    assert call.request.method == "INVITE"
    owner.stack.journal.records[-1].evict()
    with pytest.raises(LookupError, match="the messages of call 1 are no longer kept"):
        _ = call.request


def test_its_verdicts_and_its_ladder(owner: Owner) -> None:
    owner.dial("486")
    call = latest(owner)
    assert call.verdicts["ack"].outcome == "correct"
    heading, *rungs = call.ladder.splitlines()
    assert heading.split() == ["192.0.2.9:5070", "responder"]
    assert len(rungs) == 4
    assert "486 Busy Here" in rungs[2]


def test_figures_of_audio_are_asked_for(owner: Owner) -> None:
    class Figures:
        def line(self) -> str:
            return "audio"

        def facts(self) -> dict[str, object]:
            return {"packets": 5}

    owner.dial("486")
    owner.stack.journal.records[-1].media = Figures()
    assert latest(owner).media == {"packets": 5}


def test_a_call_is_itself(owner: Owner) -> None:
    owner.dial("486", "480")
    first, second = (Call(record, owner) for record in owner.stack.journal.records)
    assert first == Call(owner.stack.journal.records[0], owner)
    assert first != second
    assert first != "a call"
    assert len({first, second, latest(owner)}) == 2


async def test_waiting_is_handed_on(owner: Owner) -> None:
    owner.dial("486")
    call = latest(owner)
    assert call.wait_until("ended", 2.0) is call
    assert await call.wait_until_async("settled") is call
    assert owner.waited == [(1, "ended", 2.0), (1, "settled", 5.0)]


def test_a_call_without_an_answer_says_so(owner: Owner) -> None:
    owner.alice.call("silent")
    assert repr(latest(owner)) == "<Call 1: INVITE silent <- alice: no answer>"
