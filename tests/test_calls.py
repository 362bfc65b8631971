"""What steps do inside a call: requests of ours, answers to the caller's, bytes, the connection."""

import pytest

from responder.sip.headers.auth import parse_credentials
from responder.sip.message import Message
from responder.testing.caller import OFFER, Caller
from tests.answering import verify
from tests.scenario.calls import answered_by, assert_nothing_is_left, notes, record_of

ANSWER = OFFER
HELD = OFFER + b"a=recvonly\r\n"
CHALLENGE = 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256'


def establish(steps: str, transport: str = "udp", body: bytes = OFFER) -> Caller:
    caller = answered_by(f"[200, {{receive: ACK}}, {steps}]", transport)
    caller.call("x", body=body)
    caller.ack()
    return caller


def asked(caller: Caller, method: bytes = b"INVITE") -> list[Message]:
    """Return the requests of a method that the caller got."""
    caller.ladder()
    return [message for message in caller.received if message.method == method]


def direction(message: Message) -> str:
    """Return what a description says of its stream."""
    lines = message.body.decode().split("\r\n")
    return next(line[2:] for line in lines if line in {"a=sendonly", "a=sendrecv", "a=inactive"})


# Requests of ours.


@pytest.mark.parametrize("method", ["INFO", "OPTIONS", "MESSAGE", "FOO"])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_any_request_can_be_sent(method: str, transport: str) -> None:
    caller = establish(
        f"{{send: {method}, headers: {{X-A: b}}, body: hello}}, {{receive: 202}}", transport
    )
    (request,) = asked(caller, method.encode())
    assert request.uri.startswith(b"sip:alice@192.0.2.9:5070")
    assert request.header("X-A") == "b"
    assert request.header("CSeq") == f"1 {method}"
    assert request.header("Contact") is None
    assert request.header("Content-Type") == "text/plain;charset=utf-8"
    assert request.body == b"hello"
    caller.answer(202)
    assert not record_of(caller).failed
    caller.bye()
    assert_nothing_is_left(caller)


@pytest.mark.parametrize("method", ["INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER"])
def test_a_request_that_leads_back_here_has_a_contact(method: str) -> None:
    caller = establish(f"{{send: {method}}}")
    (request,) = asked(caller, method.encode())
    assert request.header("Contact") == "<sip:x@192.0.2.1:5060>"
    assert (request.header("Allow") is not None) is (method in {"INVITE", "UPDATE"})


def test_its_header_fields_can_be_changed() -> None:
    caller = establish(
        "{send: INVITE, headers: {Contact: '<sip:y@z>', Allow: null, Supported: {add: x}}}"
    )
    (request,) = asked(caller)
    assert request.header("Contact") == "<sip:y@z>"
    assert request.header("Allow") is None
    assert request.values(b"supported")[-1] == b"x"


def test_a_request_takes_the_route_set() -> None:
    caller = answered_by("[200, {send: INFO}]")
    caller.call("x", {"Record-Route": "<sip:p1@192.0.2.9;lr>, <sip:p2@192.0.2.9;lr>"})
    (request,) = asked(caller, b"INFO")
    assert request.values(b"route") == [b"<sip:p1@192.0.2.9;lr>", b"<sip:p2@192.0.2.9;lr>"]


def test_a_request_is_repeated_until_it_is_answered() -> None:
    caller = establish("{send: INFO}, {receive: 200}")
    caller.advance(1.5)
    caller.answer(200)
    caller.advance(60)
    assert caller.ladder()[3:] == [
        "<- INFO",
        "+0.5 <- INFO again",
        "+1 <- INFO again",
        "-> 200 to INFO",
    ]


def test_a_response_that_was_not_expected_is_in_vain_at_once() -> None:
    caller = establish("{send: INFO}, {receive: 200, within: 20s, otherwise: [{send: BYE}]}")
    caller.answer(500)
    assert caller.ladder()[3:] == ["<- INFO", "-> 500 to INFO", "<- BYE"]
    assert notes(caller) == ["no 200 was received: a 500 came"]


def test_a_provisional_response_can_be_received() -> None:
    caller = establish("{send: INVITE}, {receive: 180, within: 1s}, {receive: 2xx, within: 9s}")
    caller.answer(180)
    caller.advance(5)
    caller.answer(200, body=ANSWER)
    assert caller.ladder()[3:] == ["<- INVITE", "-> 180", "+5 -> 200", "<- ACK"]
    assert not record_of(caller).failed


def test_responses_to_an_earlier_request_do_not_count() -> None:
    caller = establish("{send: INFO}, {wait: 1s}, {send: MESSAGE}, {receive: 200, within: 2s}")
    caller.answer(200)
    caller.advance(4)
    assert record_of(caller).failed == "no 200 was received: 2 s are over"


def test_a_request_without_an_answer_ends_the_call() -> None:
    caller = establish("{send: INFO}, {receive: 200}")
    caller.advance(33)
    assert caller.ladder()[-2:] == ["+0.5 <- BYE", "+0.5 <- BYE again"]
    assert record_of(caller).failed == "no 200 was received: timeout"
    assert "our INFO was not answered: timeout" in notes(caller)
    caller.answer(200)
    assert_nothing_is_left(caller)


@pytest.mark.parametrize("status", [408, 481])
def test_a_request_that_finds_no_dialog_ends_the_call(status: int) -> None:
    caller = establish(f"{{send: INFO}}, {{receive: {status}}}, {{wait: 1s}}, {{send: MESSAGE}}")
    caller.answer(status)
    caller.answer(481)
    caller.advance(1)
    assert caller.ladder()[3:] == ["<- INFO", f"-> {status} to INFO", "<- BYE", "-> 481 to BYE"]
    assert not record_of(caller).failed
    assert notes(caller) == ["the last step left out: the call is over"]
    assert_nothing_is_left(caller)


def test_a_request_in_an_early_dialog() -> None:
    caller = answered_by("[183, {send: UPDATE}, {receive: 200}, 200, {receive: ACK}]")
    caller.call("x", body=OFFER)
    caller.answer(200)
    caller.ack()
    assert caller.ladder() == [
        "-> INVITE",
        "<- 183",
        "<- UPDATE",
        "-> 200 to UPDATE",
        "<- 200",
        "-> ACK",
    ]
    assert not record_of(caller).failed


def test_bye_waits_for_the_ack() -> None:
    caller = answered_by("[200, {send: BYE}, {receive: 200}]")
    caller.call("x")
    caller.advance(1)
    caller.ack()
    caller.answer(200)
    assert caller.ladder()[-3:] == ["+0.5 -> ACK", "<- BYE", "-> 200 to BYE"]
    assert_nothing_is_left(caller)


def test_bye_waits_in_vain_for_the_ack() -> None:
    caller = answered_by("[200, {send: BYE}, {receive: 200}]")
    caller.call("x")
    caller.advance(32)
    assert caller.ladder()[-1] == "+0.5 <- BYE"
    assert "BYE left out: the call is over" in notes(caller)
    caller.answer(200)
    assert_nothing_is_left(caller)


def test_values_of_requests_and_answers_may_be_templates() -> None:
    caller = establish(
        "{send: MESSAGE, headers: {X-From: '{{ request.from.user }}'}, body: '{{ call.rule }}'},"
        " {receive: INFO},"
        " {status: 200, to: INFO, headers: {X-To: '{{ request.header(\"X-A\") }}'}},"
        " {send: INFO, headers: {X-B: '{{ request.header.Subject }}'}}"
    )
    (message,) = asked(caller, b"MESSAGE")
    assert message.header("X-From") == "alice"
    assert message.body == b"f/r" or message.body.endswith(b"/r")
    caller.inside("INFO", {"X-A": "seen"})
    assert caller.final("INFO").header("X-To") == "seen"
    assert any("X-B: there is no" in note for note in notes(caller))


# Offers of ours.


def test_a_call_is_held_and_resumed() -> None:
    caller = establish(
        "{send: INVITE, sdp: {direction: sendonly}}, {receive: 200}, {send: INVITE}, {receive: 200}"
    )
    caller.answer(200, body=HELD)
    caller.answer(200, body=ANSWER)
    held, resumed = asked(caller)
    assert (direction(held), direction(resumed)) == ("sendonly", "sendrecv")
    assert b"o=- 1 2 IN IP4" in held.body
    assert b"o=- 1 3 IN IP4" in resumed.body
    assert caller.ladder()[3:] == ["<- INVITE", "-> 200", "<- ACK"] * 2
    assert [ack.header("CSeq") for ack in asked(caller, b"ACK")] == ["1 ACK", "2 ACK"]


def test_an_offer_that_was_refused_leaves_the_session() -> None:
    caller = establish("{send: INVITE, sdp: {direction: inactive}}, {receive: 488}, {send: INVITE}")
    caller.answer(488)
    refused, again = asked(caller)
    assert direction(refused) == "inactive"
    assert direction(again) == "sendrecv"


def test_an_offer_as_it_stands() -> None:
    caller = establish('{send: UPDATE, sdp: "v=0\\ns=-"}, {receive: 200}')
    (request,) = asked(caller, b"UPDATE")
    assert request.body == b"v=0\r\ns=-\r\n"
    assert request.header("Content-Type") == "application/sdp"


def test_an_update_has_an_offer_where_one_is_asked_for() -> None:
    caller = establish("{send: UPDATE}, {receive: 200}, {send: UPDATE, sdp: {direction: sendonly}}")
    caller.answer(200)
    without, with_one = asked(caller, b"UPDATE")
    assert without.body == b""
    assert direction(with_one) == "sendonly"


def test_the_ack_carries_the_answer_where_the_2xx_carries_the_offer() -> None:
    caller = establish("{send: INVITE, sdp: none}, {receive: 200}, {send: INVITE}")
    assert caller.last().body == b""
    ok = caller.reply(200, body=OFFER)
    caller.send(ok)
    ack, invite = caller.received[-2:]
    assert b"m=audio" in ack.body
    assert ack.header("Content-Type") == "application/sdp"
    assert invite.body == ack.body
    caller.again(ok)
    assert caller.ladder()[3:] == [
        "<- INVITE",
        "-> 200",
        "<- ACK",
        "<- INVITE",
        "-> 200 again",
        "<- ACK again",
    ]


@pytest.mark.parametrize(
    ("body", "note"),
    [
        (OFFER.replace(b"RTP/AVP 0 8 101", b"RTP/AVP 97"), "no answer in the ACK: no common codec"),
        (b"v=0\r\n", "no answer in the ACK: "),
        (b"", ""),
    ],
)
def test_an_offer_that_cannot_be_answered(body: bytes, note: str) -> None:
    caller = establish("{send: INVITE, sdp: none}, {receive: 200}")
    caller.answer(200, body=body)
    assert caller.last().method == b"ACK"
    assert caller.last().body == b""
    assert "".join(notes(caller)).startswith(note)


def test_a_second_reinvite_waits_for_the_first() -> None:
    caller = establish("{send: INVITE}, {send: INVITE}, {receive: 200}, {send: BYE}")
    caller.answer(200, body=ANSWER)
    caller.answer(200, body=ANSWER)
    assert caller.ladder()[3:] == [
        "<- INVITE",
        "-> 200",
        "<- ACK",
        "<- INVITE",
        "-> 200",
        "<- ACK",
        "<- BYE",
    ]


def test_our_reinvite_goes_before_an_invite_that_a_step_would_answer_later() -> None:
    caller = establish("{receive: INVITE}, {send: INVITE}, {receive: 200}, 486")
    caller.inside("INVITE", body=OFFER)
    caller.ack()
    assert caller.ladder()[3:] == ["-> INVITE", "<- 200", "-> ACK", "<- INVITE"]


# Refusals that are answered by another attempt.


def test_glare_is_tried_again() -> None:
    caller = establish("{send: INVITE}, {receive: 200}, {send: BYE}")
    caller.answer(491)
    caller.advance(2)
    caller.answer(200, body=ANSWER)
    assert [request.header("CSeq") for request in asked(caller)][::3] != []
    assert asked(caller)[-1].header("CSeq") == "2 INVITE"
    assert caller.ladder()[-1] == "<- BYE"


def test_glare_is_seen_where_a_step_waits_for_it() -> None:
    caller = establish("{send: INVITE}, {receive: 491}, {wait: 10s}, {send: BYE}")
    caller.answer(491)
    caller.advance(10)
    assert caller.ladder()[3:] == ["<- INVITE", "-> 491", "<- ACK", "+10 <- BYE"]


def test_a_500_with_retry_after_is_tried_again_then() -> None:
    caller = establish("{send: UPDATE, sdp: {direction: sendonly}}, {receive: 200}")
    caller.answer(500, {"Retry-After": "7 (busy)"})
    caller.advance(7)
    caller.answer(200, body=HELD)
    assert caller.ladder()[3:] == [
        "<- UPDATE",
        "-> 500 to UPDATE",
        "+7 <- UPDATE",
        "-> 200 to UPDATE",
    ]
    assert not record_of(caller).failed


@pytest.mark.parametrize("value", [None, "soon", "600"])
def test_a_500_that_names_no_near_time_is_final(value: str | None) -> None:
    caller = establish("{send: INVITE}, {receive: 200}")
    caller.answer(500, {"Retry-After": value})
    assert record_of(caller).failed == "no 200 was received: a 500 came"


def test_another_attempt_is_not_made_once_the_call_is_over() -> None:
    caller = establish("{send: UPDATE}, {receive: 200}")
    caller.answer(500, {"Retry-After": "7"})
    caller.bye()
    caller.advance(10)
    assert caller.ladder()[-1] == "<- 200 to BYE"
    assert record_of(caller).failed
    assert_nothing_is_left(caller)


def test_attempts_come_to_an_end() -> None:
    caller = establish("{send: UPDATE}, {receive: 200}")
    for _ in range(20):
        caller.answer(500, {"Retry-After": "0"})
    assert len(asked(caller, b"UPDATE")) == 8


@pytest.mark.parametrize(
    ("status", "asks", "gives"),
    [
        (401, "WWW-Authenticate", "Authorization"),
        (407, "Proxy-Authenticate", "Proxy-Authorization"),
    ],
)
def test_a_challenge_is_answered(status: int, asks: str, gives: str) -> None:
    caller = establish("{send: BYE, auth: {user: bob, password: secret}}, {receive: 200}")
    caller.answer(status, {asks: CHALLENGE})
    first, second = asked(caller, b"BYE")
    assert (first.header("CSeq"), second.header("CSeq")) == ("1 BYE", "2 BYE")
    credentials = parse_credentials(second.fields[gives.lower().encode()])
    assert verify(credentials, b"BYE", b"bob", b"secret")
    assert credentials.param(b"uri") == second.uri
    caller.answer(200)
    assert not record_of(caller).failed
    assert_nothing_is_left(caller)


def test_a_challenge_is_final_without_a_password_for_it() -> None:
    caller = establish("{send: INFO}, {receive: 200}")
    caller.answer(401, {"WWW-Authenticate": CHALLENGE})
    assert record_of(caller).failed == "no 200 was received: a 401 came"


def test_a_password_that_is_refused_is_not_sent_twice() -> None:
    caller = establish("{send: INFO, auth: {user: bob, password: x}}, {receive: 200}")
    caller.answer(401, {"WWW-Authenticate": CHALLENGE})
    caller.answer(401, {"WWW-Authenticate": CHALLENGE.replace('"n"', '"m"')})
    assert len(asked(caller, b"INFO")) == 2
    assert "our INFO is refused: it refuses the user or the password" in notes(caller)
    assert record_of(caller).failed == "no 200 was received: a 401 came"


# The caller's requests.


def test_a_step_answers_a_reinvite() -> None:
    caller = establish(
        "{receive: INVITE}, 180, {status: 200, sdp: {direction: inactive}}, {receive: ACK},"
        " {send: BYE}"
    )
    caller.inside("INVITE", {"Contact": "<sip:alice@192.0.2.9:7777>"}, OFFER)
    assert direction(caller.last()) == "inactive"
    caller.ack()
    assert caller.ladder()[3:] == ["-> INVITE", "<- 180", "<- 200", "-> ACK", "<- BYE"]
    assert caller.last().uri == b"sip:alice@192.0.2.9:7777"


def test_a_step_refuses_a_reinvite() -> None:
    caller = establish("{receive: INVITE}, 488, {receive: INFO}, 469")
    caller.inside("INVITE", {"Contact": "<sip:alice@192.0.2.9:7777>"}, OFFER)
    caller.ack()
    caller.inside("INFO")
    assert caller.ladder()[3:] == ["-> INVITE", "<- 488", "-> ACK", "-> INFO", "<- 469 to INFO"]


def test_an_offer_that_a_step_cannot_take_is_refused() -> None:
    caller = establish("{receive: INVITE}, 200")
    caller.inside("INVITE", body=OFFER.replace(b"RTP/AVP 0 8 101", b"RTP/AVP 97"))
    assert caller.statuses()[-1] == 488


def test_a_step_answers_an_update() -> None:
    caller = establish("{receive: UPDATE}, 200, {receive: UPDATE}, {status: 200, reason: Fine}")
    caller.inside("UPDATE", body=OFFER + b"a=sendonly\r\n")
    assert b"a=recvonly" in caller.last().body
    caller.inside("UPDATE")
    assert caller.last().body == b""
    assert caller.last().reason == b"Fine"


@pytest.mark.parametrize("method", ["INVITE", "INFO"])
def test_a_request_that_a_step_would_answer_too_late(method: str) -> None:
    caller = answered_by(f"[200, {{wait: 40s}}, {{receive: {method}}}, 200]")
    caller.call("x")
    caller.inside(method)
    caller.advance(33)
    caller.answer(200)
    assert caller.final(method).status == 487
    caller.ack()
    assert_nothing_is_left(caller)


def test_a_cancelled_reinvite_that_a_step_would_answer() -> None:
    caller = establish("{receive: INVITE}, {wait: 5s}, 200")
    caller.inside("INVITE", body=OFFER)
    caller.cancel()
    caller.ack()
    caller.advance(5)
    assert caller.ladder()[3:] == [
        "-> INVITE",
        "-> CANCEL",
        "<- 200 to CANCEL",
        "<- 487",
        "-> ACK",
    ]
    assert notes(caller) == ["200 left out: the INVITE was answered"]


def test_a_refer_is_accepted_and_its_progress_told() -> None:
    caller = establish(
        "{receive: REFER}, 202, {send: NOTIFY, headers: {Event: refer, Subscription-State:"
        " terminated;reason=noresource}, body: {type: message/sipfrag, text: SIP/2.0 200 OK}},"
        " {receive: 200}"
    )
    caller.inside("REFER", {"Refer-To": "<sip:carol@192.0.2.3>"})
    caller.answer(200)
    assert caller.ladder()[3:] == [
        "-> REFER",
        "<- 202 to REFER",
        "<- NOTIFY",
        "-> 200 to NOTIFY",
    ]
    assert not record_of(caller).failed


def test_a_status_for_a_method_that_waits_for_none_is_left_out() -> None:
    caller = establish(
        "{receive: INFO, within: 1s, otherwise: []}, {status: 200, to: INFO}, {send: BYE}"
    )
    caller.advance(1)
    assert "200 left out: no INFO waits for it" in notes(caller)
    assert caller.ladder()[-1] == "+1 <- BYE"


def test_a_status_names_the_request_that_it_answers() -> None:
    caller = answered_by(
        "[183, {receive: INFO}, {status: 200, to: INVITE}, {status: 469, to: INFO}]"
    )
    caller.call("x", body=OFFER)
    caller.inside("INFO")
    assert caller.ladder() == ["-> INVITE", "<- 183", "-> INFO", "<- 200", "<- 469 to INFO"]


# Bytes and connections.


def test_bytes_leave_as_they_stand() -> None:
    caller = establish('{raw: "SIP/2.0 999 ?\\n\\n"}, {raw: {hex: 0001}}', "tcp")
    assert [sent.data for sent in caller.network.sent[-2:]] == [b"SIP/2.0 999 ?\r\n\r\n", b"\0\1"]
    assert record_of(caller).entries[-1].data == b"\0\1"


@pytest.mark.parametrize("step", ["close", "reset"])
def test_the_connection_is_ended(step: str) -> None:
    caller = establish(f"{step}, {{wait: 1s}}, {{raw: x}}, {step}", "tcp")
    assert caller.network.closed == [caller.flow]
    assert bool(caller.network.resets) is (step == "reset")
    caller.advance(1)
    word = "closed" if step == "close" else "reset"
    assert notes(caller) == [
        f"the connection is {word}",
        "raw bytes left out: the connection is closed",
        f"{step} left out: the connection is closed",
    ]


def test_udp_has_no_connection_to_end() -> None:
    caller = establish("reset, {send: BYE}")
    assert notes(caller) == ["reset left out: UDP has no connection"]
    assert caller.ladder()[-1] == "<- BYE"


def test_a_request_after_the_end_of_the_connection_opens_another_one() -> None:
    caller = establish("close, {wait: 1s}, {send: BYE}", "tcp")
    caller.advance(1)
    (opened,) = caller.network.opened
    assert opened.remote == caller.remote
