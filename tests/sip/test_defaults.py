"""The header fields that a status brings by itself: every builder, every status of the registry."""

import re
from collections.abc import Callable

import pytest
import sipmessage

from responder.codes import HeaderRule, all_codes, lookup
from responder.codes.loader import BUILDERS
from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond
from responder.sip import capabilities
from responder.sip.authenticator import Authenticator
from responder.sip.defaults import Answer, Defaults, contact, needs_sips
from responder.sip.events import Flow
from responder.sip.headers.address import parse_address_list
from responder.sip.headers.auth import parse_challenge
from responder.sip.headers.content import parse_accept, parse_preferences
from responder.sip.headers.date import parse_date
from responder.sip.headers.reason import parse_reason_list
from responder.sip.headers.retry_after import parse_retry_after
from responder.sip.headers.tokens import parse_tokens
from responder.sip.message import Message, parse
from responder.sip.settings import Authentication, Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens

HOST = b"192.0.2.1:5060"


def request(method: str = "INVITE", *lines: str, uri: str = "sip:486@192.0.2.1") -> Message:
    return parse("\r\n".join([f"{method} {uri} SIP/2.0", *lines, "", ""]).encode())


def answer(message: Message, status: int, transport: str = "udp", user: bytes = b"486") -> Answer:
    flow = Flow(transport, ("192.0.2.1", 5060), ("192.0.2.9", 5070))
    return Answer(message, flow, status, HOST, user, 1000.0)


def made_defaults(epoch: float = 0.0) -> Defaults:
    tokens = counted_tokens()
    return Defaults(Settings(epoch=epoch), tokens, Authenticator(Authentication(), tokens))


def fields(made: Answer, epoch: float = 0.0) -> dict[str, list[str]]:
    """Return what the status of an answer brings, by name."""
    defaults = made_defaults(epoch)
    plan = defaults.plan(made.status, made.request.method)
    found: dict[str, list[str]] = {}
    for name, value in defaults.fields(plan, made):
        found.setdefault(name.decode(), []).append(value.decode())
    lines = "".join(f"{name}: {value}\r\n" for name in found for value in found[name])
    # The tokens of nonces differ from one time to the next.
    again = defaults.lines(plan, made).decode()
    assert sorted(re.sub("[0-9a-f]{16,}", "", again).split("\r\n")) == sorted(
        re.sub("[0-9a-f]{16,}", "", lines).split("\r\n")
    )
    return found


# Every status.


def applies(rule: HeaderRule, method: str, status: int) -> bool:
    """Whether a rule holds for a plain request with no header fields beyond the usual ones."""
    if not rule.send or (rule.methods and method not in rule.methods):
        return False
    for condition in rule.when:
        usual = condition == "dialog" and 100 < status < 300
        if not usual and not condition.startswith("not-supported:"):
            return False
    return True


READERS: dict[str, Callable[[bytes], object]] = {
    "accept": parse_accept,
    "accept-encoding": lambda value: parse_preferences(value, "Accept-Encoding"),
    "accept-language": lambda value: parse_preferences(value, "Accept-Language"),
    "allow": lambda value: parse_tokens(value, "Allow"),
    "allow-events": lambda value: parse_tokens(value, "Allow-Events"),
    "contact": lambda value: parse_address_list(value, "Contact"),
    "date": parse_date,
    "expires": int,
    "min-expires": int,
    "min-se": int,
    "permission-missing": lambda value: parse_address_list(value, "Permission-Missing"),
    "proxy-authenticate": lambda value: parse_challenge(value, "Proxy-Authenticate"),
    "reason": parse_reason_list,
    "require": lambda value: parse_tokens(value, "Require"),
    "retry-after": parse_retry_after,
    "sip-etag": lambda value: parse_tokens(value, "SIP-ETag"),
    "supported": lambda value: parse_tokens(value, "Supported"),
    "unsupported": lambda value: parse_tokens(value, "Unsupported"),
    "www-authenticate": parse_challenge,
}
PATTERNS = {
    "accept-resource-priority": r"[\w-]+\.\w+(, [\w-]+\.\w+)*",
    "alertmsg-error": r'\d{3};code=".+"',
    "call-info": r"<https://[^>]+>;purpose=\w+",
    "geolocation-error": r'\d{3};code=".+"',
    "recv-info": r"(\w+(, \w+)*)?",
    "security-server": r"\w+(;[\w-]+=[\w.]+)*(, \w+(;[\w-]+=[\w.]+)*)*",
    "warning": r'\d{3} \S+ "[^"]*"',
}


def read_all(message: Message) -> None:
    """Have the parser of each header field read every value."""
    echoed = {b"via", b"from", b"to", b"call-id", b"cseq"}
    plain = {b"content-length", b"content-type", b"server"}
    for key in message.fields.keys() - echoed - plain:
        name = key.decode()
        for value in message.values(key):
            if name in READERS:
                READERS[name](value)
            else:
                assert re.fullmatch(PATTERNS[name], value.decode()), f"{name}: {value!r}"


def answered(status: int, method: str) -> Message:
    """Return what a whole stack sends as the response with a status."""
    program = Program("rule", ((Respond(status),),))
    stack = Stack(Settings(), counted_tokens(), Rules((Rule(program),)))
    caller = Caller(Network(stack))
    body = OFFER if method == "INVITE" else b""
    caller.start(method, "someone", {"Supported": "199"}, body)
    (sent,) = [sent for sent in caller.network.sent if sent.message.status == status]
    assert isinstance(sipmessage.Message.parse(sent.data), sipmessage.Response)
    return sent.message


@pytest.mark.parametrize(
    ("status", "method", "names"),
    [
        (202, "INVITE", {"Contact", "Allow", "Supported"}),
        (204, "INVITE", {"Contact", "Allow", "Supported", "Expires"}),
        (299, "INVITE", {"Contact", "Allow", "Supported"}),
        (202, "SUBSCRIBE", {"Contact", "Expires"}),
        (202, "MESSAGE", set()),
        (204, "SUBSCRIBE", {"Contact", "Expires"}),
    ],
    ids=lambda value: str(value) if not isinstance(value, set) else "",
)
def test_every_2xx_brings_what_its_method_demands(
    status: int, method: str, names: set[str]
) -> None:
    assert fields(answer(request(method), status)).keys() == names


def test_a_2xx_that_makes_a_dialog_copies_record_route() -> None:
    made = answer(request("INVITE", "Record-Route: <sip:p1;lr>", "Record-Route: <sip:p2;lr>"), 202)
    assert fields(made)["Record-Route"] == ["<sip:p1;lr>", "<sip:p2;lr>"]


@pytest.mark.row("RSP-02", "RSP-04", "RSP-15")
@pytest.mark.parametrize(("method", "lowest"), [("INVITE", 100), ("OPTIONS", 200)])
def test_every_status_is_a_well_formed_response_with_its_required_fields(
    method: str, lowest: int
) -> None:
    for status in range(lowest, 700):
        message = answered(status, method)
        assert message.fault is None
        assert message.fields[b"content-length"] == b"%d" % len(message.body)
        assert message.reason.decode() == lookup(status).phrase
        assert (b";tag=" in message.fields[b"to"]) is (status > 100)
        for rule in lookup(status).headers:
            if rule.need == "required" and applies(rule, method, status):
                assert rule.name.lower().encode() in message.fields, f"{status}: {rule.name}"
        if status not in {421, 494}:
            # Nothing that is sent by itself needs an extension of the caller.
            assert b"require" not in message.fields
        read_all(message)


@pytest.mark.parametrize("status", [code.status for code in all_codes()])
def test_every_value_that_a_status_brings_can_be_read_whatever_the_method(status: int) -> None:
    for method in ("INVITE", "REGISTER", "SUBSCRIBE", "PUBLISH", "REFER", "UPDATE", "OPTIONS"):
        made = fields(answer(request(method, "Contact: <sip:alice@192.0.2.9>"), status))
        lines = [f"{name}: {value}" for name, values in made.items() for value in values]
        read_all(parse("\r\n".join([f"SIP/2.0 {status} X", *lines, "", ""]).encode()))


def test_every_builder_that_the_registry_may_name_is_there() -> None:
    defaults = made_defaults()
    made = answer(request("OPTIONS"), 200)
    for name in BUILDERS - {"challenge", "proxy-challenge"}:
        value = defaults._build(name, made)
        assert value is None or b"\r" not in value, name


# One builder after another.


@pytest.mark.row("RSP-14")
@pytest.mark.parametrize(
    ("lines", "uri", "scheme"),
    [
        ([], "sips:b@h", "sips"),
        (["Record-Route: <sips:p;lr>", "Contact: <sip:a@h>"], "sip:b@h", "sips"),
        (["Contact: <sips:a@h>"], "sip:b@h", "sips"),
        (["Contact: sips:a@h"], "sip:b@h", "sips"),
        (["Record-Route: <sip:p;lr>", "Contact: <sips:a@h>"], "sip:b@h", "sip"),
        (["Contact: <sip:a@h>"], "sip:b@h", "sip"),
        ([], "sip:b@h", "sip"),
    ],
    ids=["uri", "record-route", "contact", "bare", "record-route-first", "no", "nothing"],
)
def test_contact_is_sips_where_the_caller_came_by_sips(
    lines: list[str], uri: str, scheme: str
) -> None:
    message = request("INVITE", *lines, uri=uri)
    assert needs_sips(message) is (scheme == "sips")
    assert fields(answer(message, 180))["Contact"] == [f"<{scheme}:486@192.0.2.1:5060>"]


@pytest.mark.parametrize(
    ("transport", "user", "value"),
    [
        ("udp", b"u", b"<sip:u@192.0.2.1:5060>"),
        ("udp", b"", b"<sip:192.0.2.1:5060>"),
        ("tcp", b"u", b"<sip:u@192.0.2.1:5060;transport=tcp>"),
        ("wss", b"u", b"<sip:u@192.0.2.1:5060;transport=ws>"),
        ("tls", b"u", b"<sip:u@192.0.2.1:5060>"),
    ],
)
def test_contact_names_the_user_that_was_dialled_and_the_transport(
    transport: str, user: bytes, value: bytes
) -> None:
    assert contact(answer(request(), 180, transport, user)) == value


@pytest.mark.row("RSP-13")
@pytest.mark.parametrize("status", [180, 183, 200])
def test_record_route_is_copied_line_by_line_into_what_forms_a_dialog(status: int) -> None:
    lines = [
        "Record-Route: <sip:p1;lr;x=\u00fc>;y",
        "Record-Route: <sip:p2;lr>, <sip:p3>",
        "Record-Route:   <sip:p4;lr>",
    ]
    made = fields(answer(request("INVITE", *lines), status))
    assert made["Record-Route"] == [
        "<sip:p1;lr;x=\u00fc>;y",
        "<sip:p2;lr>, <sip:p3>",
        "<sip:p4;lr>",
    ]
    assert "Record-Route" not in fields(answer(request("INVITE", *lines), 486))
    assert "Record-Route" not in fields(answer(request("INVITE", *lines), 100))


@pytest.mark.row("RSP-05")
@pytest.mark.parametrize(
    ("sent", "after", "value"),
    [
        ("54", 0.0, ["54"]),
        ("54", 0.2, ["54 0.200"]),
        ("54.5 0.1", 0.2, ["54.5 0.200"]),
        ("", 0.2, [""]),
    ],
    ids=["at-once", "later", "delayed-before", "empty"],
)
def test_timestamp_comes_back_in_100_with_the_time_it_took(
    sent: str, after: float, value: list[str]
) -> None:
    made = answer(request("INVITE", f"Timestamp: {sent}"), 100)
    made.born = made.now - after
    assert fields(made) == {"Timestamp": value}


def test_without_timestamp_there_is_none_in_100() -> None:
    assert fields(answer(request(), 100)) == {}


@pytest.mark.parametrize(
    ("bindings", "contacts"), [(b"<sip:a@h>;expires=60", ["<sip:a@h>;expires=60"]), (None, [])]
)
def test_a_200_to_register_lists_the_bindings_and_says_when(
    bindings: bytes | None, contacts: list[str]
) -> None:
    made = answer(request("REGISTER"), 200)
    made.bindings = bindings
    brought = fields(made, epoch=1_000_000_000)
    assert brought.get("Contact", []) == contacts
    assert brought["Date"] == ["Sun, 09 Sep 2001 02:03:20 GMT"]


@pytest.mark.parametrize("bindings", [b"<sip:a@h>;expires=60", None])
def test_the_short_way_to_list_bindings_says_the_same(bindings: bytes | None) -> None:
    made = answer(request("REGISTER"), 200)
    made.bindings = bindings
    defaults = made_defaults(epoch=1_000_000_000)
    plan = defaults.plan(200, b"REGISTER")
    assert plan.listing
    assert defaults.listing(bindings, made.now) == defaults.lines(plan, made)


def test_what_lists_bindings_and_nothing_else_is_a_2xx_to_register() -> None:
    defaults = made_defaults()
    listing = [
        (status, method)
        for status in range(100, 700)
        for method in capabilities.METHODS
        if defaults.plan(status, method).listing
    ]
    assert listing == [(status, b"REGISTER") for status in range(200, 300) if status != 204]


def test_path_is_returned_to_who_knows_it() -> None:
    path = ["Path: <sip:edge;lr>"]
    assert "Path" not in fields(answer(request("REGISTER", *path), 200))
    made = fields(answer(request("REGISTER", *path, "Supported: path"), 200))
    assert made["Path"] == ["<sip:edge;lr>"]


@pytest.mark.parametrize("status", [301, 302, 380])
@pytest.mark.parametrize(("user", "goal"), [(b"302", "200"), (b"200", "answer")])
def test_a_redirection_leads_to_a_number_that_answers(status: int, user: bytes, goal: str) -> None:
    made = fields(answer(request(), status, user=user))
    expected = [] if status == 380 else [f"<sip:{goal}@192.0.2.1:5060>"]
    assert made.get("Contact", []) == expected


@pytest.mark.parametrize(
    ("transport", "way"),
    [("udp", ""), ("tcp", ";transport=tcp"), ("tls", ""), ("wss", ";transport=ws")],
)
def test_a_redirection_keeps_to_the_transport_that_is_listened_on(transport: str, way: str) -> None:
    made = fields(answer(request(), 302, transport=transport, user=b"302"))
    assert made["Contact"] == [f"<sip:200@192.0.2.1:5060{way}>"]


@pytest.mark.row("RDR-04")
def test_305_names_the_proxy_that_has_to_be_used() -> None:
    assert fields(answer(request(), 305)) == {"Contact": ["<sip:192.0.2.1:5060;lr>"]}


@pytest.mark.parametrize(
    ("status", "name"), [(401, "WWW-Authenticate"), (407, "Proxy-Authenticate")]
)
def test_a_challenge_is_a_real_one_with_a_fresh_nonce(status: int, name: str) -> None:
    defaults = made_defaults()
    made = answer(request(), status)
    plan = defaults.plan(status, b"INVITE")
    values = [dict(defaults.fields(plan, made))[name.encode()] for _ in range(2)]
    assert values[0] != values[1]
    challenge = parse_challenge(values[0], name)
    assert challenge.scheme.lower() == b"digest"
    assert {key for key, _ in challenge.params} == {b"realm", b"nonce", b"algorithm", b"qop"}


@pytest.mark.parametrize(
    ("cause", "name"),
    [
        ("type", "Accept"),
        ("encoding", "Accept-Encoding"),
        ("language", "Accept-Language"),
        ("", "Accept"),
    ],
)
def test_415_says_what_would_have_been_taken(cause: str, name: str) -> None:
    made = answer(request("MESSAGE"), 415)
    made.cause = cause
    assert list(fields(made)) == [name]


@pytest.mark.parametrize(
    ("lines", "unsupported", "value"),
    [
        ([], (b"foo", b"bar"), "foo, bar"),
        (["Require: Foo", "Require: baz"], (), "foo, baz"),
        ([], (), "100rel"),
    ],
    ids=["judged", "required", "dialled"],
)
def test_420_names_what_is_not_supported(
    lines: list[str], unsupported: tuple[bytes, ...], value: str
) -> None:
    made = answer(request("INVITE", *lines), 420)
    made.unsupported = unsupported
    assert fields(made)["Unsupported"] == [value]


@pytest.mark.row("RSP-18")
@pytest.mark.parametrize("status", [200, 299])
def test_a_2xx_to_invite_shows_what_we_can_do(status: int) -> None:
    made = fields(answer(request(), status))
    assert made["Allow"] == [capabilities.ALLOW.decode()]
    assert made["Supported"] == [capabilities.SUPPORTED.decode()]


@pytest.mark.row("RSP-19")
@pytest.mark.parametrize("status", [200, 405, 501])
def test_allow_names_ack_and_cancel_too(status: int) -> None:
    allowed = fields(answer(request(), status))["Allow"][0].split(", ")
    assert {"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS"} <= set(allowed)


@pytest.mark.row("OPT-02", "OPT-03")
def test_a_200_to_options_shows_everything() -> None:
    assert fields(answer(request("OPTIONS"), 200)) == {
        "Allow": [capabilities.ALLOW.decode()],
        "Supported": [capabilities.SUPPORTED.decode()],
        "Accept": ["application/sdp"],
        "Accept-Encoding": ["identity"],
        "Accept-Language": ["en"],
        "Allow-Events": [capabilities.ALLOW_EVENTS.decode()],
    }


def test_session_timers_are_never_switched_on() -> None:
    lines = ["Session-Expires: 90", "Supported: timer"]
    made = fields(answer(request("INVITE", *lines), 200))
    assert "Session-Expires" not in made
    assert "Require" not in made


@pytest.mark.parametrize(("sent", "value"), [("60", "60"), ("x", "3600"), ("9999999", "3600")])
def test_a_subscription_gets_what_it_asks_for_up_to_an_hour(sent: str, value: str) -> None:
    made = fields(answer(request("SUBSCRIBE", f"Expires: {sent}"), 200))
    assert made["Expires"] == [value]


def test_470_names_the_uri_that_needs_permission() -> None:
    assert fields(answer(request(uri="sip:470@h"), 470)) == {"Permission-Missing": ["<sip:470@h>"]}


def test_methods_that_are_not_known_share_a_plan() -> None:
    defaults = made_defaults()
    assert defaults.plan(200, b"FOO") is defaults.plan(200, b"BAR")
    assert defaults.plan(200, b"INVITE") is defaults.plan(200, b"INVITE")
    assert defaults.plan(200, b"INVITE") is not defaults.plan(200, b"BYE")
