"""What two messages have in common."""

import pytest

from responder.journal.verdicts.companion import changed, spelled, unlike_via
from responder.journal.verdicts.reading import Seen
from responder.sip.message import parse


def seen(*lines: str, method: str = "INVITE") -> Seen:
    head = "\r\n".join([f"{method} sip:h SIP/2.0", *lines, "", ""])
    return Seen(0.0, parse(head.encode()), None, ours=False)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("From: <sip:a@h>;tag=1", "From: <sip:a@h>;tag=1", True),
        ("From: <sip:a@h>;tag=1", 'f: "A" <sip:a@h>;tag=1', True),
        ("From: <sip:a@h>;tag=1", "From: <sip:a@h>;tag=2", False),
        ("From: <sip:a@h>;tag=1", "Subject: none", False),
        ("From: \xff", "From: \xfe", False),
    ],
)
def test_an_address_may_be_spelled_in_another_way(one: str, other: str, alike: bool) -> None:
    faults = list(changed(seen(one), seen(other, method="ACK"), [b"from"], "RFC"))
    assert (not faults) is alike


def test_a_call_id_may_not() -> None:
    (fault,) = changed(seen("Call-ID: a"), seen("Call-ID: A", method="ACK"), [b"call-id"], "RFC")
    assert fault == ("the Call-ID of the ACK is A", "that of the INVITE, a", "RFC")


def test_credentials_are_never_shown() -> None:
    secret = "Authorization: Basic c2VjcmV0"
    faults = [
        *changed(seen(secret), seen(method="ACK"), [b"authorization"], "RFC"),
        *changed(seen(), seen(secret, method="ACK"), [b"authorization"], "RFC"),
    ]
    assert [fault[0] for fault in faults] == [
        "the Authorization of the ACK is missing",
        "the Authorization of the ACK differs",
    ]
    assert "c2V" not in str(faults)


@pytest.mark.parametrize(
    ("via", "faults"),
    [
        ("Via: SIP/2.0/UDP h;branch=z9hG4bKa", 0),
        ("v: SIP / 2.0 / UDP h ;branch=z9hG4bKa", 0),
        ("Via: SIP/2.0/UDP h;branch=z9hG4bKb", 1),
        ("Via: SIP/2.0/TCP h;branch=z9hG4bKa", 1),
        ("Via: SIP/2.0/UDP h;branch=z9hG4bKa, SIP/2.0/UDP i", 1),
        ("Subject: no Via", 1),
    ],
)
def test_one_via_is_due_that_equals_the_top_one(via: str, faults: int) -> None:
    invite = seen("Via: SIP/2.0/UDP h;branch=z9hG4bKa", "Via: SIP/2.0/UDP below")
    assert len(list(unlike_via(invite, seen(via, method="ACK"), "RFC"))) == faults


def test_header_names_are_spelled_as_people_write_them() -> None:
    assert [spelled(name) for name in (b"call-id", b"from", b"proxy-authorization")] == [
        "Call-ID",
        "From",
        "Proxy-Authorization",
    ]
