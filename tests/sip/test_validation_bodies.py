from collections.abc import Sequence

import pytest

from responder.sip import capabilities
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller, Headers
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens
from tests.asking import listed, outcome


@pytest.fixture
def alice() -> Caller:
    return Caller(Network(Stack(Settings(), counted_tokens())))


# Require, 421 and security agreements.


@pytest.mark.row("VAL-09")
def test_unknown_extensions_are_listed_and_no_others(alice: Caller) -> None:
    """The 420 names just what is not understood here, and nothing that is for proxies."""
    response = outcome(
        alice,
        "INVITE",
        {
            "Require": ["nothingSupportsThis, replaces", "nothingSupportsThisEither"],
            "Proxy-Require": "noProxiesSupportThis, norDoAnyProxiesSupportThis",
        },
    )
    assert response.status == 420
    assert listed(response, "Unsupported") == ["nothingsupportsthis", "nothingsupportsthiseither"]


@pytest.mark.row("VAL-09")
def test_proxy_require_is_ignored(alice: Caller) -> None:
    """What only proxies have to understand refuses nothing here."""
    assert outcome(alice, "OPTIONS", {"Proxy-Require": "unheard-of"}).status == 200


@pytest.mark.row("VAL-21")
@pytest.mark.parametrize(
    ("supported", "missing"),
    [
        (None, "100rel"),
        ("timer", "100rel"),
        ("100rel, replaces", "timer"),
        ("100REL,Timer", "tdialog"),
    ],
)
def test_421_lists_what_the_caller_lacks(
    alice: Caller, supported: str | None, missing: str
) -> None:
    """Require of a 421 names an extension that is not in the caller's Supported."""
    response = outcome(alice, "INVITE", {"Supported": supported}, to="421")
    assert response.status == 421
    assert listed(response, "Require") == [missing]


@pytest.mark.row("VAL-21")
def test_421_lists_what_is_dialled(alice: Caller) -> None:
    """A policy that asks for an extension of its own is dialled with it."""
    response = outcome(alice, "INVITE", to="sip:421@192.0.2.1;require=timer")
    assert listed(response, "Require") == ["timer"]
    assert b"security-server" not in response.fields


@pytest.mark.row("VAL-21")
def test_nothing_is_required_unasked(alice: Caller) -> None:
    """A caller that supports nothing is served: 421 is the last resort."""
    assert outcome(alice, "INVITE", {"Supported": None}).status == 200


@pytest.mark.row("VAL-22")
@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "REGISTER"])
def test_an_agreement_that_is_required_is_494(alice: Caller, method: str) -> None:
    """Require: sec-agree without protection gets the mechanisms of this server."""
    response = outcome(alice, method, {"Require": "sec-agree, x", "Supported": "sec-agree"})
    assert response.status == 494
    assert response.fields[b"security-server"] == capabilities.SECURITY


@pytest.mark.row("VAL-22")
def test_a_policy_of_agreements_is_494_to_who_can_agree(alice: Caller) -> None:
    """Where the caller lists sec-agree, the refusal asks for it and names the mechanisms."""
    response = outcome(alice, "INVITE", {"Supported": "sec-agree"}, to="494")
    assert response.status == 494
    assert response.fields[b"security-server"] == capabilities.SECURITY
    assert listed(response, "Require") == ["sec-agree"]


@pytest.mark.row("VAL-22")
def test_a_policy_of_agreements_is_421_to_who_cannot(alice: Caller) -> None:
    """Where the caller does not list sec-agree, the 421 that asks for it names them too."""
    response = outcome(alice, "INVITE", to="sip:421@192.0.2.1;require=sec-agree")
    assert response.status == 421
    assert response.fields[b"security-server"] == capabilities.SECURITY
    assert listed(response, "Require") == ["sec-agree"]


# Bodies.


@pytest.mark.row("VAL-10")
@pytest.mark.parametrize(
    ("method", "headers", "name", "value"),
    [
        ("INVITE", {"Content-Type": "application/x"}, "Accept", "application/sdp"),
        ("INVITE", {"Content-Type": "text/plain"}, "Accept", "application/sdp"),
        ("MESSAGE", {"Content-Type": "application/sdp"}, "Accept", "text/plain"),
        ("INVITE", {"Content-Encoding": "gzip"}, "Accept-Encoding", "identity"),
        ("INVITE", {"Content-Encoding": "identity, foo"}, "Accept-Encoding", "identity"),
        ("INFO", {"Content-Type": "x/y", "Content-Encoding": "foo"}, "Accept-Encoding", "identity"),
        ("INVITE", {"Content-Language": "xx"}, "Accept-Language", "en"),
        ("INVITE", {"Content-Language": "en, de"}, "Accept-Language", "en"),
        (
            "MESSAGE",
            {"Content-Type": "text/plain", "Content-Language": "fr"},
            "Accept-Language",
            "en",
        ),
    ],
)
def test_a_body_that_is_not_understood_is_415_with_what_is(
    alice: Caller, method: str, headers: Headers, name: str, value: str
) -> None:
    """The answer lists the types, the codings or the languages, whichever was the trouble."""
    response = outcome(alice, method, headers, OFFER)
    assert response.status == 415
    assert value in listed(response, name)
    others = {"Accept", "Accept-Encoding", "Accept-Language"} - {name}
    assert not [other for other in others if response.header(other) is not None]


@pytest.mark.row("VAL-11")
@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/x"},
        {"Content-Type": "application/sdp", "Content-Encoding": "gzip"},
        {"Content-Type": "text/plain", "Content-Language": "xx"},
    ],
    ids=["type", "encoding", "language"],
)
@pytest.mark.parametrize("method", ["INVITE", "MESSAGE"])
@pytest.mark.parametrize("disposition", ["render;handling=optional", "x ; HANDLING = Optional"])
def test_a_body_that_may_be_skipped_is_skipped(
    alice: Caller, method: str, headers: dict[str, str], disposition: str
) -> None:
    """With handling=optional, whatever is not understood about a body refuses nothing."""
    response = outcome(alice, method, {**headers, "Content-Disposition": disposition}, b"\x00\x01")
    assert response.status == 200
    if method == "INVITE":
        assert b"m=audio 9 RTP/AVP" in response.body


@pytest.mark.row("VAL-10", "VAL-11")
@pytest.mark.parametrize("disposition", ["session", "render;handling=required", "x;handling=y"])
def test_a_body_that_may_not_be_skipped_is_refused(alice: Caller, disposition: str) -> None:
    """Only handling=optional lets a body be skipped; required is what goes without saying."""
    headers = {"Content-Type": "application/x", "Content-Disposition": disposition}
    assert outcome(alice, "INVITE", headers, b"x").status == 415


LOCATION = b"Content-Type: application/pidf+xml\r\nContent-Disposition: by-reference\r\n\r\n<p/>"
MIXED = "multipart/mixed;boundary=b"
DESCRIBED = b"Content-Type: application/sdp\r\n\r\n" + OFFER


def mixed(*parts: bytes) -> bytes:
    return b"".join([b"--b\r\n%b\r\n" % part for part in parts] + [b"--b--\r\n"])


@pytest.mark.row("BOD-01")
@pytest.mark.parametrize("to", ["200", "486"])
def test_a_description_and_a_location_are_taken_together(alice: Caller, to: str) -> None:
    body = mixed(LOCATION, DESCRIBED)
    assert outcome(alice, "INVITE", {"Content-Type": MIXED}, body, to=to).status == int(to)


@pytest.mark.row("BOD-02")
@pytest.mark.parametrize("method", ["INVITE", "MESSAGE"])
@pytest.mark.parametrize(("handling", "status"), [("required", 415), ("optional", 200)])
def test_a_part_that_has_to_be_understood_is_refused(
    alice: Caller, method: str, handling: str, status: int
) -> None:
    """RFC 5621 section 8.4: the 415 lists what would be understood."""
    unknown = b"Content-Type: application/x\r\nContent-Disposition: x;handling=%b\r\n\r\n<x/>"
    known = DESCRIBED if method == "INVITE" else b"\r\nHello"
    body = mixed(known, unknown % handling.encode())
    response = outcome(alice, method, {"Content-Type": MIXED}, body)
    assert response.status == status
    if status == 415:
        assert "multipart/mixed" in listed(response, "Accept")
    elif method == "INVITE":
        assert b"m=audio 9 RTP/AVP" in response.body


@pytest.mark.row("BOD-02")
@pytest.mark.parametrize(("handling", "status"), [("", 415), (";handling=optional", 200)])
def test_a_description_for_something_else_is_no_offer(
    alice: Caller, handling: str, status: int
) -> None:
    """What is described is not the session (RFC 3959), and nothing else is understood."""
    headers = {"Content-Disposition": f"early-session{handling}"}
    assert outcome(alice, "INVITE", headers, OFFER).status == status


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Content-Type": None}, b"body without Content-Type"),
        ({"Content-Type": "nonsense"}, b"Content-Type: no media type"),
        ({"Content-Type": "*/*"}, b"Content-Type: wildcard"),
        (
            {"Content-Disposition": "", "Content-Type": "text/plain"},
            b"Content-Disposition: no type",
        ),
    ],
)
def test_a_body_that_nobody_can_tell_is_refused(
    alice: Caller, headers: Headers, reason: bytes
) -> None:
    response = outcome(alice, "INVITE", headers, b"x")
    assert response.status == 400
    assert reason in response.reason


@pytest.mark.parametrize(
    "kind",
    ["application/sdp", "Application/SDP;x=y", "application / sdp", "multipart/mixed;boundary=x"],
)
def test_a_body_of_a_known_type_is_taken_however_it_is_written(alice: Caller, kind: str) -> None:
    assert outcome(alice, "INVITE", {"Content-Type": kind}, OFFER).status == 200


@pytest.mark.parametrize(
    "headers", [{"Content-Encoding": "identity"}, {"Content-Language": "en-GB, EN"}]
)
def test_a_known_coding_and_language_are_taken(alice: Caller, headers: Headers) -> None:
    assert outcome(alice, "INVITE", headers, OFFER).status == 200


@pytest.mark.row("VAL-14")
@pytest.mark.parametrize("accept", ["text/plain", "", "application/sdp;q=0", "text/*, audio/*"])
def test_a_caller_that_takes_no_session_description_is_406(alice: Caller, accept: str) -> None:
    """Accept without any type that can be produced; a Warning with code 399 says so in words."""
    response = outcome(alice, "INVITE", {"Accept": accept})
    assert response.status == 406
    assert str(response.header("Warning")).startswith("399 192.0.2.1:5060 ")


@pytest.mark.row("VAL-14")
@pytest.mark.parametrize(
    "accept",
    ["application/sdp", "application/*", "*/*;q=0.1", ["text/plain", "Application/SDP;level=1"]],
)
def test_a_caller_that_takes_a_session_description_gets_one(
    alice: Caller, accept: str | Sequence[str]
) -> None:
    """Any range that includes application/sdp will do."""
    assert outcome(alice, "INVITE", {"Accept": accept}).status == 200


def test_an_accept_that_follows_no_grammar_is_refused(alice: Caller) -> None:
    assert outcome(alice, "INVITE", {"Accept": "x/y,,"}).status == 400
