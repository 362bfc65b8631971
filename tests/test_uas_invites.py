"""Invitations from their first byte to their end, as the stack answers them."""

import pytest

from responder.media.sdp import parse as parse_sdp
from responder.sip.dialog import Dialog
from responder.sip.headers.address import parse_address_list
from responder.sip.headers.uri import equal, parse_uri
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens
from tests.reinvites import reinvite

VIDEO_ONLY = OFFER[: OFFER.index(b"m=audio")] + b"m=video 40000 RTP/AVP 31\r\n"
HELD = OFFER + b"a=sendonly\r\n"


@pytest.fixture
def stack() -> Stack:
    return Stack(Settings(), counted_tokens())


@pytest.fixture
def alice(stack: Stack) -> Caller:
    return Caller(Network(stack))


def establish(alice: Caller, body: bytes = OFFER) -> None:
    alice.call("200", body=body)
    alice.ack()


def the_dialog(stack: Stack) -> Dialog:
    (dialog,) = stack.endpoint.dialogs.values()
    return dialog


# Waiting for an answer.


@pytest.mark.row("INV-01")
@pytest.mark.parametrize("dialled", ["180", "100", "180-30-200", "183-2-180-20-486"])
def test_an_invitation_runs_out(alice: Caller, dialled: str) -> None:
    """Expires is counted from the INVITE; without a final response by then it gets a 487."""
    alice.call(dialled, {"Expires": "3"})
    alice.advance(2.9)
    assert 487 not in alice.statuses()
    alice.advance(0.2)
    assert alice.statuses()[-1] == 487
    alice.ack()
    alice.advance(60.0)
    assert [status for status in alice.statuses() if status >= 200] == [487]


@pytest.mark.row("INV-01")
@pytest.mark.parametrize(
    ("dialled", "expires"), [("180-2-200", "3"), ("180-5-486", "soon"), ("180-5-486", "9" * 20)]
)
def test_an_invitation_that_is_answered_in_time_does_not_run_out(
    alice: Caller, dialled: str, expires: str
) -> None:
    """Nor does one whose Expires is no number of seconds."""
    alice.call(dialled, {"Expires": expires})
    alice.advance(5.0)
    alice.ack()
    alice.advance(60.0)
    assert 487 not in alice.statuses()


@pytest.mark.row("INV-02")
@pytest.mark.parametrize("status", [180, 183])
def test_a_long_ringing_is_heard_of_each_minute(alice: Caller, status: int) -> None:
    """Proxies on the way may give up a call of which they hear nothing for three minutes."""
    alice.call(str(status))
    alice.advance(59.0)
    assert alice.statuses().count(status) == 1
    alice.advance(122.0)
    assert alice.statuses().count(status) == 4
    alice.cancel()
    alice.advance(300.0)
    assert alice.statuses().count(status) == 4


# Refusals and redirections.


@pytest.mark.row("INV-03")
@pytest.mark.parametrize(
    ("status", "phrase"), [(486, b"Busy Here"), (600, b"Busy Everywhere"), (603, b"Decline")]
)
def test_busy_here_and_busy_everywhere_are_two_things(
    alice: Caller, status: int, phrase: bytes
) -> None:
    """486 leaves other places to be tried, 600 none."""
    alice.call(str(status))
    assert (alice.final("INVITE").status, alice.final("INVITE").reason) == (status, phrase)


@pytest.mark.row("INV-04")
@pytest.mark.parametrize("status", [300, 301, 302, 305])
def test_a_redirection_leads_elsewhere(alice: Caller, status: int) -> None:
    """Its Contacts never name the Request-URI, and each of them is answered when it is tried."""
    alice.call(str(status))
    final = alice.final("INVITE")
    dialled = parse_uri(alice.uri(str(status)).encode())
    contacts = parse_address_list(final.fields[b"contact"], "Contact")
    assert contacts
    for contact in contacts:
        assert not equal(contact.uri, dialled)
        assert (contact.uri.user or b"")[:1] != b"3"
    alice.ack()
    alice.call(contacts[0].uri.to_bytes().decode())
    assert alice.final("INVITE").status == 200


# A second INVITE inside the dialog.


@pytest.mark.row("INV-05")
def test_an_invite_that_overtakes_another_is_500(alice: Caller) -> None:
    """While the first has no final response, the second is to come again in some seconds."""
    alice.ring()
    alice.inside("INVITE", body=OFFER)
    final = alice.final("INVITE")
    assert final.status == 500
    assert 0 <= int(str(final.header("Retry-After"))) <= 10
    alice.inside("INVITE", {"CSeq": "1 INVITE"}, OFFER)
    assert alice.final("INVITE").status == 500


@pytest.mark.row("INV-05")
def test_the_first_invite_is_answered_as_if_no_other_had_come(alice: Caller) -> None:
    """The refused one changes nothing."""
    alice.call("180-5-200", body=OFFER)
    alice.inside("INVITE", body=OFFER)
    alice.ack()
    alice.advance(5.0)
    assert [status for status in alice.statuses() if status >= 200] == [500, 200]
    assert alice.final("INVITE").fields[b"cseq"] == b"1 INVITE"


@pytest.mark.row("INV-06")
def test_an_invite_that_meets_ours_is_491(alice: Caller, stack: Stack) -> None:
    """Each side of a glare gives way to the other; ours stays as it was."""
    establish(alice)
    dialog = the_dialog(stack)
    described = dialog.description
    reinvite(stack, dialog, 1000.0, described)
    alice.network.collect()
    assert alice.last().method == b"INVITE"
    alice.inside("INVITE", body=OFFER)
    assert alice.final("INVITE").status == 491
    assert dialog.description == described
    alice.answer(200, body=OFFER)
    assert alice.last().method == b"ACK"
    alice.inside("INVITE", body=OFFER)
    assert alice.final("INVITE").status == 200


@pytest.mark.row("INV-08")
@pytest.mark.parametrize(
    ("body", "status"), [(VIDEO_ONLY, 488), (b"nonsense", 400)], ids=["refused", "malformed"]
)
@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_a_session_survives_a_refused_change(
    alice: Caller, stack: Stack, method: str, body: bytes, status: int
) -> None:
    """Description and target stay, and the next change builds upon them."""
    establish(alice)
    dialog = the_dialog(stack)
    described, target = dialog.description, dialog.target
    alice.inside(method, {"Contact": "<sip:moved@192.0.2.9>"}, body)
    assert alice.final(method).status == status
    if method == "INVITE":
        alice.ack()
    alice.advance(40.0)
    assert (dialog.description, dialog.target) == (described, target)
    assert the_dialog(stack) is dialog
    alice.inside(method, {"Contact": "<sip:moved@192.0.2.9>"}, HELD)
    final = alice.final(method)
    assert final.status == 200
    first, second = parse_sdp(described), parse_sdp(final.body)
    assert second.origin.session_id == first.origin.session_id
    assert int(second.origin.version) == int(first.origin.version) + 1
    assert dialog.target == b"sip:moved@192.0.2.9"


def test_an_update_without_an_offer_is_answered_without_one(alice: Caller) -> None:
    establish(alice)
    alice.inside("UPDATE")
    assert (alice.final("UPDATE").status, alice.final("UPDATE").body) == (200, b"")
    headers = {"Content-Type": "text/plain", "Content-Disposition": "render;handling=optional"}
    alice.inside("UPDATE", headers, b"hello")
    assert (alice.final("UPDATE").status, alice.final("UPDATE").body) == (200, b"")


@pytest.mark.row("INV-09")
@pytest.mark.parametrize("again", [False, True], ids=["first", "re-invite"])
def test_a_2xx_that_nobody_acknowledges_ends_in_a_bye(alice: Caller, again: bool) -> None:
    """It is repeated for 64*T1 and then the call is hung up."""
    alice.call("200", body=OFFER)
    if again:
        alice.ack()
        alice.inside("INVITE", body=OFFER)
    before = alice.statuses().count(200)
    alice.advance(31.9)
    assert alice.statuses().count(200) == before + 10
    assert "BYE" not in alice.ladder()[-1]
    alice.advance(0.2)
    assert alice.ladder()[-1].endswith("<- BYE")
    alice.answer(200)
    assert alice.network.advance(100.0) == []
    alice.inside("OPTIONS")
    assert alice.statuses()[-1] == 481
