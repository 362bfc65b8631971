"""The order in which targets are tried, and what is none."""

import pytest

from responder.probe.targets import TargetSet, dialled, loose
from responder.sip.headers.uri import parse_uri
from responder.sip.message import Message, parse

FIRST = parse_uri(b"sip:first@192.0.2.9")


def redirect(*contacts: bytes, status: int = 302) -> Message:
    lines = [b"Contact: " + contact for contact in contacts]
    return parse(b"\r\n".join([b"SIP/2.0 %d Any" % status, *lines, b"", b""]))


def taken(targets: TargetSet) -> list[bytes]:
    found = []
    while (target := targets.take()) is not None:
        found.append(target.uri.to_bytes())
    return found


def test_higher_q_first_and_the_order_given_among_equals() -> None:
    targets = TargetSet(FIRST)
    targets.add(redirect(b"<sip:a@x>;q=0.5", b"<sip:b@x>, <sip:c@x>;q=0.5"), FIRST)
    targets.add(redirect(b"<sip:d@x>;q=0.7"), FIRST)
    assert taken(targets) == [b"sip:b@x", b"sip:d@x", b"sip:a@x", b"sip:c@x"]


@pytest.mark.parametrize("q", [b"many", b"nan", b"7"])
def test_a_q_that_is_none_never_stops_anything(q: bytes) -> None:
    targets = TargetSet(FIRST)
    targets.add(redirect(b"<sip:a@x>;q=" + q), FIRST)
    assert taken(targets) == [b"sip:a@x"]


@pytest.mark.parametrize(
    ("contact", "remark"),
    [
        (b"<tel:+123>", "tel:+123 is not tried: only sip URIs are dialled"),
        (b"<sips:a@x>", "sips:a@x is not tried: only sip URIs are dialled"),
        (b"<sip:first@192.0.2.9>", "sip:first@192.0.2.9 is not tried again"),
        (b"<sip:a", "Contact: unbalanced <"),
    ],
)
def test_what_cannot_be_tried_is_remarked_on(contact: bytes, remark: str) -> None:
    targets = TargetSet(FIRST)
    assert targets.add(redirect(contact), FIRST) == [remark]
    assert taken(targets) == []


def test_a_wildcard_is_no_target() -> None:
    targets = TargetSet(FIRST)
    assert targets.add(redirect(b"*"), FIRST) == []
    assert taken(targets) == []


def test_a_request_uri_has_neither_method_nor_headers() -> None:
    uri = parse_uri(b"sip:a@x;method=INVITE;transport=tcp?Subject=s")
    assert dialled(uri).to_bytes() == b"sip:a@x;transport=tcp"


def test_a_proxy_comes_first_on_the_way_to_every_target() -> None:
    proxy = parse_uri(b"sip:192.0.2.20:5070")
    targets = TargetSet(FIRST, proxy)
    targets.add(redirect(b"<sip:a@x>"), FIRST)
    targets.add(redirect(b"<sip:192.0.2.30>", status=305), FIRST)
    redirected, through = targets.take(), targets.take()
    assert redirected is not None
    assert through is not None
    routes = [
        [route.to_bytes() for route in target.routes]
        for target in (targets.first, redirected, through)
    ]
    ours = b"sip:192.0.2.20:5070;lr"
    assert routes == [[ours], [ours], [ours, b"sip:192.0.2.30;lr"]]
    assert through.uri == FIRST
    assert {target.hop.host for target in (targets.first, redirected, through)} == {b"192.0.2.20"}


def test_a_route_says_once_that_it_is_loose() -> None:
    proxy = parse_uri(b"sip:p@x;lr;transport=tcp?Subject=s")
    assert loose(proxy).to_bytes() == b"sip:p@x;transport=tcp;lr"
