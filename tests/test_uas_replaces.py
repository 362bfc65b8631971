"""Calls that take over or join another one, as two callers see it (RFC 3891, RFC 3911)."""

import pytest

from responder.testing.caller import Caller
from responder.testing.network import Network
from tests.asking import network_with


@pytest.fixture
def network() -> Network:
    return network_with()


@pytest.fixture
def alice(network: Network) -> Caller:
    """The caller whose call is to be replaced or joined."""
    return Caller(network)


@pytest.fixture
def bob(network: Network) -> Caller:
    """The caller who names the call of the other."""
    return Caller(network, remote=("192.0.2.10", 5080), user="bob")


def named(caller: Caller, more: str = "") -> str:
    """The value that names a caller's dialog to the responder."""
    return f"{caller.call_id};to-tag={caller.to_tag};from-tag={caller.tag}{more}"


def establish(caller: Caller) -> None:
    caller.call("200")
    caller.ack()


# Replaces.


@pytest.mark.row("INV-11")
def test_a_replaced_call_is_hung_up_once_the_new_one_is_answered(
    alice: Caller, bob: Caller
) -> None:
    """The INVITE gets its 200 and the dialog that it names gets a BYE."""
    establish(alice)
    bob.call("180-5-200", {"Replaces": named(alice)})
    bob.advance(4.9)
    assert bob.statuses() == [100, 180]
    assert "<- BYE" not in alice.ladder()
    bob.advance(0.1)
    assert bob.statuses() == [100, 180, 200]
    assert alice.ladder()[-1].endswith("<- BYE")
    alice.answer(200)
    bob.ack()
    assert alice.network.advance(100.0) == []


@pytest.mark.row("INV-11")
def test_a_call_whose_ack_is_on_its_way_is_hung_up_after_it(alice: Caller, bob: Caller) -> None:
    """No BYE is sent before the ACK of the 2xx (RFC 3261 section 15)."""
    alice.call("200")
    bob.call("200", {"Replaces": named(alice)})
    bob.ack()
    assert bob.statuses()[-1] == 200
    assert "<- BYE" not in alice.ladder()
    alice.ack()
    assert alice.ladder()[-1] == "<- BYE"


@pytest.mark.row("INV-11")
def test_a_call_stays_when_its_replacement_fails(alice: Caller, bob: Caller) -> None:
    """Only a 2xx to the new INVITE ends the old call."""
    establish(alice)
    bob.call("486", {"Replaces": named(alice)})
    bob.ack()
    bob.advance(40.0)
    assert bob.statuses() == [100, 486]
    assert "<- BYE" not in alice.ladder()
    alice.bye()
    assert alice.statuses()[-1] == 200


@pytest.mark.row("INV-11")
@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("nobody@192.0.2.9;to-tag=1;from-tag=2", 481),
        ("{call};to-tag={theirs};from-tag={mine}", 481),
        ("{call};to-tag={mine};from-tag=0", 481),
        ("{call};to-tag={mine};from-tag={theirs};early-only", 486),
        ("{call};to-tag={mine}", 400),
        ("{call};from-tag={theirs}", 400),
        (";to-tag={mine};from-tag={theirs}", 400),
        ("{call};to-tag={mine};to-tag={mine};from-tag={theirs}", 400),
        ("{call};to-tag={mine};from-tag={theirs},{call};to-tag={mine};from-tag={theirs}", 400),
    ],
    ids=[
        "no-such-call", "tags-swapped", "another-tag", "confirmed-but-early-only", "no-from-tag",
        "no-to-tag", "no-call-id", "tag-twice", "list",
    ],
)  # fmt: skip
def test_what_names_no_call_to_be_replaced_is_refused(
    alice: Caller, bob: Caller, value: str, status: int
) -> None:
    """A call that is not there is 481, one that may only be early 486, nonsense 400."""
    establish(alice)
    replaces = value.format(call=alice.call_id, mine=alice.to_tag, theirs=alice.tag)
    bob.call("200", {"Replaces": replaces})
    bob.ack()
    bob.advance(40.0)
    assert bob.statuses() == [status]
    assert "<- BYE" not in alice.ladder()


@pytest.mark.row("INV-11", "INV-12")
@pytest.mark.parametrize("name", ["Replaces", "Join"])
def test_a_call_that_is_over_is_declined(alice: Caller, bob: Caller, name: str) -> None:
    """Whoever wants to take over a call that just ended is to give it up as well."""
    establish(alice)
    alice.bye()
    bob.call("200", {name: named(alice)})
    assert bob.statuses() == [603]


@pytest.mark.row("INV-11")
def test_an_early_dialog_that_the_other_side_began_is_not_replaced(
    alice: Caller, bob: Caller
) -> None:
    """A ringing call may be replaced only at the side that sent its INVITE."""
    alice.ring()
    bob.call("200", {"Replaces": named(alice)})
    bob.call("200", {"Replaces": named(alice, ";early-only")})
    assert bob.statuses() == [481, 481]
    alice.cancel()
    assert alice.statuses() == [100, 180, 200, 487]


@pytest.mark.row("INV-11", "INV-12")
@pytest.mark.parametrize(
    "headers",
    [
        {"Replaces": ["a;to-tag=1;from-tag=2", "b;to-tag=1;from-tag=2"]},
        {"Join": ["a;to-tag=1;from-tag=2", "b;to-tag=1;from-tag=2"]},
        {"Replaces": "a;to-tag=1;from-tag=2", "Join": "a;to-tag=1;from-tag=2"},
    ],
    ids=["replaces-twice", "join-twice", "both"],
)
def test_more_than_one_dialog_named_is_refused(
    bob: Caller, headers: dict[str, str | list[str]]
) -> None:
    """An INVITE names one dialog at the most."""
    bob.call("200", headers)
    assert bob.statuses() == [400]


@pytest.mark.row("INV-11", "INV-12")
@pytest.mark.parametrize("name", ["Replaces", "Join"])
@pytest.mark.parametrize("method", ["OPTIONS", "MESSAGE", "REGISTER", "REFER"])
def test_only_an_invite_may_name_another_dialog(bob: Caller, method: str, name: str) -> None:
    """Replaces and Join in any other method are an error (RFC 3891 and RFC 3911)."""
    bob.start(method, headers={name: "a;to-tag=1;from-tag=2"})
    assert bob.statuses() == [400]


@pytest.mark.row("INV-11")
def test_a_tag_of_zero_names_a_caller_without_a_tag(alice: Caller, bob: Caller) -> None:
    """A caller of RFC 2543 has no tag; its dialog is named with the tag 0."""
    alice.call("200", {"From": "<sip:alice@192.0.2.9>"})
    alice.ack({"From": "<sip:alice@192.0.2.9>"})
    bob.call("200", {"Replaces": f"{alice.call_id};to-tag={alice.to_tag};from-tag=0"})
    bob.ack()
    assert bob.statuses()[-1] == 200
    assert alice.ladder()[-1] == "<- BYE"


# Join.


@pytest.mark.row("INV-12")
@pytest.mark.parametrize("dialled", ["200", "180"], ids=["answered", "ringing"])
def test_a_call_that_is_there_cannot_be_joined(alice: Caller, bob: Caller, dialled: str) -> None:
    """Nothing here mixes two callers, so that joining is refused and the call goes on."""
    alice.call(dialled)
    if dialled == "200":
        alice.ack()
    bob.call("200", {"Join": named(alice)})
    bob.ack()
    assert bob.statuses() == [488]
    alice.bye()
    assert alice.final("BYE").status == 200


@pytest.mark.row("INV-12")
def test_a_join_that_names_no_call_is_481(bob: Caller) -> None:
    """No conference has its address here, so that a Join without its dialog leads nowhere."""
    bob.call("200", {"Join": "nobody@192.0.2.9;to-tag=1;from-tag=2"})
    bob.call("200", {"Join": "nobody@192.0.2.9"})
    assert bob.statuses() == [481, 400]
