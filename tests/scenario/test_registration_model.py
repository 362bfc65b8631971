"""Users, the registrar and `authenticate`: what they come to, and what a phone sees of it."""

import re

import pytest

from responder.scenario.compiler import Files
from responder.scenario.findings import BadScenario
from responder.scenario.steps import Respond
from responder.sip.authenticator import Terms
from responder.sip.login import Login
from responder.sip.settings import Registering
from responder.sip.users import EVERYONE
from responder.testing.caller import Caller
from responder.testing.tokens import counted_tokens
from tests.pages import PAGES
from tests.scenario.scenarios import NO_FILES, caller_of, compiled, no_path


def files(**contents: bytes) -> Files:
    return Files(lambda _scenario, name: contents[name], no_path, NO_FILES.faults)


def attempt(caller: Caller, login: Login, method: str, dialled: str) -> int:
    """Send a request with the credentials there are, and take the challenge if one comes."""
    uri = caller.uri(dialled)
    given = login.headers(method.encode(), uri.encode(), b"")
    caller.start(method, dialled, {name.decode(): value.decode() for name, value in given})
    final = caller.final(method)
    if method == "INVITE":
        caller.ack()
    if final.status in {401, 407}:
        login.challenged(final)
    return final.status


@pytest.fixture
def login() -> Login:
    return Login(b"alice", b"secret", counted_tokens(100))


@pytest.mark.parametrize(
    ("text", "challenge"),
    [
        ("true", Respond(401)),
        ("401", Respond(401)),
        ("407", Respond(407)),
        ("{}", Respond(401)),
        ("{status: true}", Respond(401)),
        (
            "{status: 407, realm: trunk, algorithms: [SHA-256, MD5-sess], qop: auth-int}",
            Respond(407, terms=Terms(b"trunk", (b"SHA-256", b"MD5-sess"), (b"auth-int",))),
        ),
        ("{algorithms: MD5, qop: none}", Respond(401, terms=Terms(None, (b"MD5",), ()))),
        ("{wrong: 403}", Respond(401, terms=Terms(refusal=403))),
    ],
)
def test_a_rule_challenges(text: str, challenge: Respond) -> None:
    (rule,) = compiled(f"rules: [{{authenticate: {text}, respond: 486}}]").rules.rules
    assert rule.program.challenge == challenge


def test_without_it_a_rule_does_not() -> None:
    (rule,) = compiled("rules: [{respond: 486}]").rules.rules
    assert rule.program.challenge is None


@pytest.mark.parametrize(
    ("text", "registering"),
    [
        ("{}", Registering()),
        ("{minimum: 60s, maximum: 1440m}", Registering(minimum=60, maximum=86_400)),
        ("{default: 90, bindings: 2}", Registering(default=90, bindings=2)),
        ("{domains: Example.com, path: true}", Registering(domains=(b"example.com",), path=True)),
        ("{domains: [a, b]}", Registering(domains=(b"a", b"b"))),
    ],
)
def test_what_the_registrar_grants(text: str, registering: Registering) -> None:
    assert compiled(f"registrar: {text}").registering == registering


def test_users_are_named_or_in_a_file_or_any() -> None:
    named = compiled("users: {alice: secret, 1001: 0042}").users
    assert named is not None
    assert len(named) == 2
    assert named.secret(b"1001", b"r", b"md5") != named.secret(b"alice", b"r", b"md5")
    read = compiled(
        "users: users.txt", files=files(**{"users.txt": b"\xef\xbb\xbfalice:x\n"})
    ).users
    assert read is not None
    assert b"alice" in read
    assert compiled("users: any").users is EVERYONE
    assert compiled("{}").users is None
    assert compiled("{}").registering is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"alice:hunter2\nbob", 'users.txt: line 2: no colon; write "name:password".'),
        (b"\xff", '"users.txt" is not in UTF-8'),
    ],
)
def test_a_file_of_users_that_cannot_be_read(content: bytes, why: str) -> None:
    with pytest.raises(BadScenario) as told:
        compiled("users: users.txt", files=files(**{"users.txt": content}))
    assert [str(finding) for finding in told.value.findings] == [f"a.yaml:1:1: {why}"]


def test_what_holds_for_all_files_is_said_once_or_alike() -> None:
    same = compiled("users: {a: hunter2}\nregistrar: {minimum: 5}", "users: {a: hunter2}")
    assert same.users is not None
    with pytest.raises(BadScenario) as told:
        compiled("users: {a: hunter2}\nregistrar: {minimum: 5}", "registrar: {}\nusers: any")
    assert [str(finding) for finding in told.value.findings] == [
        "b.yaml:1:1: registrar is another one than in a.yaml:2: it holds for all files",
        "b.yaml:2:1: users is another one than in a.yaml:1: it holds for all files",
    ]


@pytest.mark.parametrize("users", ["{alice: secret}", "any"])
def test_credentials_come_before_the_rule(login: Login, users: str) -> None:
    text = """
users: USERS
rules:
  - authenticate: {status: 407, algorithms: SHA-256}
    sequence: [{respond: 486}, {respond: 603}]
"""
    caller = caller_of(text.replace("USERS", users))
    statuses = [attempt(caller, login, "INVITE", "1001") for _ in range(3)]
    assert statuses == [407, 486, 603]


def test_a_wrong_password_may_be_refused(login: Login) -> None:
    caller = caller_of("users: {alice: other}\nrules: [{authenticate: {wrong: 403}, respond: 200}]")
    assert [attempt(caller, login, "MESSAGE", "x") for _ in range(2)] == [401, 403]


def test_the_example_of_the_page_does_as_it_says(login: Login) -> None:
    (block,) = PAGES["docs/registration.md"].blocks("yaml")
    caller = caller_of(re.sub(r" +#.*", "", block.text))
    to = {"To": "<sip:alice@example.com>"}
    caller.start("REGISTER", "sip:example.com", to)
    login.challenged(caller.final("REGISTER"))
    (name, value), *_ = login.headers(b"REGISTER", b"sip:example.com", b"")
    given = {**to, name.decode(): value.decode(), "Expires": "30"}
    caller.start("REGISTER", "sip:example.com", given)
    assert (caller.last().status, caller.last().header("Min-Expires")) == (423, "60")
