"""Replaces and Join: which dialog an INVITE means, and how it is refused where it means none."""

import pytest

from responder.sip.dialog import ANSWERED, EARLY, ESTABLISHED, Dialog
from responder.sip.message import Message, parse
from responder.sip.replacement import Key, judge
from responder.sip.settings import Settings
from responder.sip.validation import Refusal
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens

LIVE = (b"live@h", b"ours", b"theirs")
GONE: dict[Key, None] = {(b"gone@h", b"ours", b"theirs"): None}


def invite(*lines: str) -> Message:
    return parse("\r\n".join(["INVITE sip:a@b SIP/2.0", *lines, "", ""]).encode())


def dialog_in(state: int, caller: Caller, stack: Stack) -> Dialog:
    """Bring a call of a caller into a state of its dialog."""
    caller.call("180" if state == EARLY else "200")
    if state == ESTABLISHED:
        caller.ack()
    (dialog,) = stack.endpoint.dialogs.values()
    assert dialog.state == state
    return dialog


def judged(state: int, *lines: str, key: Key = LIVE) -> Dialog | Refusal | None:
    stack = Stack(Settings(), counted_tokens())
    dialog = dialog_in(state, Caller(Network(stack)), stack)
    return judge(invite(*lines), {key: dialog}, GONE)


REPLACES = "Replaces: live@h;to-tag=ours;from-tag=theirs"
JOIN = "Join: live@h;to-tag=ours;from-tag=theirs"


@pytest.mark.parametrize("state", [ANSWERED, ESTABLISHED], ids=["answered", "established"])
def test_replaces_names_a_confirmed_dialog(state: int) -> None:
    named = judged(state, REPLACES)
    assert isinstance(named, Dialog)
    assert named.state == state


def test_an_invite_with_neither_names_nothing() -> None:
    assert judge(invite(), {}, GONE) is None


@pytest.mark.parametrize(
    ("state", "line", "status"),
    [
        (EARLY, REPLACES, 481),
        (ESTABLISHED, REPLACES + ";early-only", 486),
        (ESTABLISHED, "Replaces: live@h;to-tag=theirs;from-tag=ours", 481),
        (ESTABLISHED, "Replaces: other@h;to-tag=ours;from-tag=theirs", 481),
        (ESTABLISHED, "Replaces: gone@h;to-tag=ours;from-tag=theirs", 603),
        (ESTABLISHED, "Replaces: live@h;to-tag=ours", 400),
        (ESTABLISHED, JOIN, 488),
        (EARLY, JOIN, 488),
        (ESTABLISHED, "Join: other@h;to-tag=ours;from-tag=theirs", 481),
        (ESTABLISHED, "Join: gone@h;to-tag=ours;from-tag=theirs", 603),
        (ESTABLISHED, "Join: live@h", 400),
        (ESTABLISHED, f"{REPLACES}\r\n{JOIN}", 400),
    ],
    ids=[
        "early",
        "early-only",
        "tags-swapped",
        "unknown",
        "ended",
        "malformed",
        "join",
        "join-early",
        "join-unknown",
        "join-ended",
        "join-malformed",
        "both",
    ],
)
def test_what_cannot_be_replaced_or_joined_is_refused(state: int, line: str, status: int) -> None:
    refusal = judged(state, line)
    assert isinstance(refusal, Refusal)
    assert refusal.status == status


def test_a_tag_of_zero_stands_for_a_caller_without_one() -> None:
    line = "Replaces: live@h;to-tag=ours;from-tag=0"
    assert isinstance(judged(ESTABLISHED, line, key=(b"live@h", b"ours", b"")), Dialog)
    assert isinstance(judged(ESTABLISHED, line, key=(b"live@h", b"ours", b"0")), Dialog)


# In conversation.


def replacing(caller: Caller) -> dict[str, str]:
    return {"Replaces": f"{caller.call_id};to-tag={caller.to_tag};from-tag={caller.tag}"}


def meeting() -> tuple[Stack, Caller, Caller]:
    stack = Stack(Settings(), counted_tokens())
    network = Network(stack)
    return stack, Caller(network), Caller(network, remote=("192.0.2.8", 5070), user="carol")


def test_a_call_that_replaces_another_is_answered_and_the_other_one_hung_up() -> None:
    stack, alice, carol = meeting()
    alice.call("200")
    alice.ack()
    carol.call("180-1-200", replacing(alice))
    assert alice.ladder()[-1] == "-> ACK"
    carol.advance(1)
    carol.ack()
    assert alice.ladder()[-1] == "+1 <- BYE"
    assert [dialog.remote for dialog in stack.endpoint.dialogs.values()] == [
        b"<sip:carol@192.0.2.8>;tag=caller-1"
    ]


def test_a_call_replaced_before_its_ack_is_hung_up_after_it() -> None:
    _, alice, carol = meeting()
    alice.call("200")
    carol.call("200", replacing(alice))
    assert alice.ladder() == ["-> INVITE", "<- 100", "<- 200"]
    alice.ack()
    assert alice.ladder()[3:] == ["-> ACK", "<- BYE"]


def test_a_replacement_that_is_refused_leaves_the_other_call() -> None:
    stack, alice, carol = meeting()
    alice.call("200")
    alice.ack()
    carol.call("486", replacing(alice))
    assert carol.ladder()[-1] == "<- 486"
    assert [dialog.state for dialog in stack.endpoint.dialogs.values()] == [ESTABLISHED]


def test_a_dialog_that_ended_lately_is_declined() -> None:
    _, alice, carol = meeting()
    alice.call("200")
    alice.ack()
    named = replacing(alice)
    alice.bye()
    carol.call("200", named)
    assert carol.ladder() == ["-> INVITE", "<- 603"]


@pytest.mark.parametrize("header", ["Replaces", "Join"])
def test_another_request_must_not_name_a_dialog(header: str) -> None:
    _, _, carol = meeting()
    carol.start("OPTIONS", headers={header: "a@b;to-tag=1;from-tag=2"})
    assert carol.ladder() == ["-> OPTIONS", "<- 400 to OPTIONS"]
