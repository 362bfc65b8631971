"""Challenge, credentials, answer: each test is a conversation with a whole stack."""

import pytest

from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond
from responder.sip.headers.auth import parse_challenge, parse_credentials
from responder.sip.login import Login
from responder.sip.message import parse
from responder.sip.settings import Authentication, Settings
from responder.sip.users import EVERYONE, Users
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens

TABLE = Users([("alice", "secret"), ("bob", "secret")])
AOR = "<sip:alice@192.0.2.1>"


class Phone(Caller):
    """A caller that answers challenges as a phone does, and keeps a Call-ID."""

    def __init__(self, stack: Stack, password: str | None = "secret", user: str = "alice") -> None:
        super().__init__(Network(stack))
        self.stack = stack
        self.call_id, self.tag = "phone@192.0.2.9", "phone"
        self.log_in(password, user)

    def log_in(self, password: str | None, user: str = "alice") -> None:
        """Begin anew with another password."""
        secret = None if password is None else password.encode()
        self.login = Login(user.encode(), secret, counted_tokens(100))

    def try_once(self, method: str, to: str, **headers: str) -> int:
        """Send one request with the credentials there are; take the challenge if one comes."""
        uri = "sip:192.0.2.1" if method == "REGISTER" else to.strip("<>")
        offer = OFFER if method == "INVITE" else b""
        given: dict[str, str | list[str] | None] = {"To": to}
        for name, value in self.login.headers(method.encode(), uri.encode(), offer):
            given[name.decode()] = value.decode()
        self.send(self.request(method, uri, {**given, **headers}, offer))
        final = self.final(method)
        if method == "INVITE":
            self.to_tag = self.target = ""
            self.ack()
        if final.status in {401, 407}:
            self.refused = self.login.challenged(final)
        return final.status

    def tries(self, method: str, to: str, count: int) -> list[int]:
        """Send a request so many times; return the status of each."""
        return [self.try_once(method, to) for _ in range(count)]

    def notes(self) -> list[str]:
        """Return what the record says about each request, in order."""
        return [" ".join(record.notes()) for record in self.stack.journal.records]


def a_stack(users: Users = TABLE, rules: Rules | None = None, **changes: object) -> Stack:
    authentication = Authentication(users=users)
    for name, value in changes.items():
        object.__setattr__(authentication, name, value)
    return Stack(Settings(authentication=authentication), counted_tokens(), rules)


@pytest.mark.row("AUT-09", "AUT-10")
@pytest.mark.parametrize("method", ["INVITE", "REGISTER", "MESSAGE", "OPTIONS", "SUBSCRIBE"])
@pytest.mark.parametrize("status", [401, 407])
def test_the_right_password_gets_the_next_attempt(method: str, status: int) -> None:
    """The second request has the first one's Call-ID and a higher CSeq; an ACK is never asked."""
    phone = Phone(a_stack())
    dialled = f"<sip:{status}-200@192.0.2.1>"
    assert phone.tries(method, dialled, 2) == [status, 200]
    assert phone.notes()[-1] == "alice is accepted."
    assert phone.number == 2


@pytest.mark.parametrize(
    ("password", "user", "note"),
    [
        ("wrong", "alice", "alice has another password."),
        ("secret", "mallory", "mallory is no user."),
        (None, "alice", "No credentials."),
    ],
)
def test_what_does_not_fit_is_asked_again_and_uses_up_no_attempt(
    password: str | None, user: str, note: str
) -> None:
    phone = Phone(a_stack(), password, user)
    dialled = "<sip:407-486@192.0.2.1>"
    assert phone.tries("INVITE", dialled, 3) == [407, 407, 407]
    assert phone.notes()[1:] == [note, note]
    record = list(phone.stack.journal.records)[-1]
    assert (record.rule, record.statuses) == ("dial", [407])
    phone.log_in("secret")
    assert phone.tries("INVITE", dialled, 2) == [407, 486]


@pytest.mark.row("AUT-15")
@pytest.mark.parametrize(("password", "user"), [("wrong", "alice"), ("secret", "mallory")])
def test_a_wrong_password_may_be_refused_for_good(password: str, user: str) -> None:
    phone = Phone(a_stack(refusal=403), password, user)
    assert phone.tries("REGISTER", AOR, 2) == [401, 403]
    assert phone.stack.journal.records[-1].notes() != []


@pytest.mark.parametrize("dialled", ["401-200", "407-486"])
def test_everyone_is_welcome_by_default(dialled: str) -> None:
    phone = Phone(a_stack(EVERYONE), "whatever", "whoever")
    first, second = (int(status) for status in dialled.split("-"))
    assert phone.tries("INVITE", f"<sip:{dialled}@192.0.2.1>", 2) == [first, second]
    silent = Phone(a_stack(EVERYONE), None)
    assert silent.tries("INVITE", f"<sip:{dialled}@192.0.2.1>", 2) == [first, second]


def test_two_challenges_are_two_attempts() -> None:
    phone = Phone(a_stack())
    assert phone.tries("REGISTER", "<sip:401-401-200@192.0.2.1>", 1) == [401]
    phone.log_in("wrong")
    phone.login.challenged(phone.final("REGISTER"))
    assert phone.tries("REGISTER", "<sip:401-401-200@192.0.2.1>", 1) == [401]
    phone.log_in("secret")
    phone.login.challenged(phone.final("REGISTER"))
    assert phone.tries("REGISTER", "<sip:401-401-200@192.0.2.1>", 1) == [401]
    assert phone.refused == "it refuses the user or the password"
    assert phone.stack.journal.records[-1].rule == "dial 2/3"


@pytest.mark.parametrize(
    ("params", "answered"),
    [
        (";algorithm=SHA-256", {"algorithm": "SHA-256", "qop": "auth"}),
        (";algorithm=SHA-512-256-sess", {"algorithm": "SHA-512-256-sess", "qop": "auth"}),
        (";qop=auth-int", {"algorithm": "MD5", "qop": "auth-int"}),
        (";qop=none", {"algorithm": "MD5", "qop": None}),
        (";realm=Elsewhere", {"realm": "Elsewhere"}),
        (";algorithm=X-NEW%2CSHA-256%2CMD5", {"algorithm": "SHA-256"}),
    ],
)
def test_a_dialled_challenge_asks_for_what_its_parameters_say(
    params: str, answered: dict[str, str | None]
) -> None:
    phone = Phone(a_stack())
    assert phone.tries("INVITE", f"<sip:407-200@192.0.2.1{params}>", 2) == [407, 200]
    credentials = parse_credentials(parse(phone.invite).fields[b"proxy-authorization"])
    for name, value in answered.items():
        found = credentials.param(name.encode())
        assert (None if found is None else found.decode()) == value


def test_a_dialled_stale_has_a_phone_come_again_by_itself() -> None:
    phone = Phone(a_stack())
    dialled = "<sip:401-401-200@192.0.2.1;stale=true>"
    assert phone.tries("MESSAGE", dialled, 1) == [401]
    assert "stale" not in (phone.last().header("WWW-Authenticate") or "")
    assert phone.tries("MESSAGE", dialled, 1) == [401]
    assert "stale=true" in (phone.last().header("WWW-Authenticate") or "")
    assert phone.tries("MESSAGE", dialled, 1) == [200]


# Registering.


def test_with_a_table_a_register_is_challenged_first() -> None:
    phone = Phone(a_stack())
    assert phone.tries("REGISTER", AOR, 3) == [401, 200, 200]
    assert phone.final("REGISTER").header("Contact") == "<sip:alice@192.0.2.9:5070>;expires=3600"
    assert phone.notes() == ["No credentials.", "alice is accepted.", "alice is accepted."]
    assert Phone(a_stack(EVERYONE)).tries("REGISTER", AOR, 1) == [200]


def test_a_challenged_register_binds_nothing() -> None:
    phone = Phone(a_stack(), "wrong")
    assert phone.tries("REGISTER", AOR, 3) == [401, 401, 401]
    assert list(phone.stack.uas.registrar.bindings(0.0)) == []


@pytest.mark.row("REG-01", "AUT-15")
@pytest.mark.parametrize(("own", "status"), [(False, 200), (True, 403)])
def test_a_user_may_be_held_to_the_own_address(own: bool, status: int) -> None:
    phone = Phone(a_stack(own=own), user="bob")
    assert phone.tries("REGISTER", AOR, 2) == [401, status]
    phone.log_in("secret", "alice")
    assert phone.tries("REGISTER", AOR, 2) == [401, 200]


def test_a_telephone_number_is_nobodys_own_address() -> None:
    phone = Phone(a_stack(own=True))
    assert phone.tries("REGISTER", "<sip:192.0.2.1>", 2) == [401, 403]


@pytest.mark.row("AUT-05")
def test_an_old_nonce_is_called_stale() -> None:
    phone = Phone(a_stack(lifetime=60.0))
    assert phone.tries("REGISTER", AOR, 2) == [401, 200]
    phone.advance(61.0)
    assert phone.try_once("REGISTER", AOR) == 401
    challenge = parse_challenge(phone.last().fields[b"www-authenticate"])
    assert challenge.param(b"stale") == b"true"
    assert phone.refused == ""
    assert phone.try_once("REGISTER", AOR) == 200


@pytest.mark.row("AUT-06")
def test_a_replay_is_challenged_anew() -> None:
    phone = Phone(a_stack())
    phone.try_once("REGISTER", AOR)
    (name, value), *_ = phone.login.headers(b"REGISTER", b"sip:192.0.2.1", b"")
    same = {name.decode(): value.decode()}
    assert phone.try_once("REGISTER", AOR, **same) == 200
    assert phone.try_once("REGISTER", AOR, **same) == 401
    assert "stale=true" in (phone.last().header("WWW-Authenticate") or "")
    assert phone.notes()[-1].startswith("alice uses a nonce again with nc 00000001")


def test_malformed_credentials_are_a_bad_request() -> None:
    for users in (TABLE, EVERYONE):
        phone = Phone(a_stack(users))
        dialled = "<sip:401-200@192.0.2.1>"
        assert phone.try_once("MESSAGE", dialled) == 401
        assert phone.try_once("MESSAGE", dialled, Authorization='Digest username="alice"') == 400
        assert phone.last().reason == b"Bad Request (Authorization: no realm)"
        assert phone.try_once("MESSAGE", dialled) == 200


@pytest.mark.row("AUT-11")
@pytest.mark.parametrize("scheme", ["Basic YTpi", "Bearer abc", "Handshake x=y"])
def test_another_scheme_is_ignored_or_challenged(scheme: str) -> None:
    phone = Phone(a_stack(), None)
    assert phone.try_once("OPTIONS", "<sip:200@192.0.2.1>", Authorization=scheme) == 200
    assert phone.try_once("REGISTER", AOR, Authorization=scheme) == 401
    assert (phone.last().header("WWW-Authenticate") or "").startswith("Digest ")


# Rules.


@pytest.mark.parametrize("users", [TABLE, EVERYONE], ids=repr)
def test_a_rule_may_demand_credentials_before_its_steps(users: Users) -> None:
    challenge = Respond(407, b"Who are you", ((b"X-Realm", b"yes"),))
    program = Program("guarded", ((Respond(486),),), challenge=challenge)
    phone = Phone(a_stack(users, Rules((Rule(program),))))
    assert phone.tries("INVITE", "<sip:1001@192.0.2.1>", 3) == [407, 486, 486]
    (refused,) = [each for each in phone.received if each.status == 407]
    assert (refused.reason, refused.header("X-Realm")) == (b"Who are you", "yes")
    assert refused.header("Server") == "sip-responder (guarded)"


@pytest.mark.row("AUT-12", "AUT-14")
def test_a_rule_may_write_any_challenge_and_any_information() -> None:
    """What the registry sends by itself gives way: a Bearer challenge, Authentication-Info."""
    bearer = (b"WWW-Authenticate", b'Bearer authz_server="https://login.example", realm="r"')
    information = (b"Authentication-Info", b'nextnonce="abc", qop=auth, rspauth="00", nc=00000001')
    steps = ((Respond(401, headers=(bearer,)),), (Respond(200, headers=(information,)),))
    phone = Phone(a_stack(EVERYONE, Rules((Rule(Program("odd", steps)),))))
    assert phone.tries("REGISTER", AOR, 2) == [401, 200]
    first, second = phone.received
    assert first.headers("WWW-Authenticate") == [bearer[1].decode()]
    assert second.header("Authentication-Info") == information[1].decode()


@pytest.mark.row("AUT-10")
def test_nothing_inside_a_call_is_challenged() -> None:
    phone = Phone(a_stack())
    phone.start("INVITE", "407-200", body=OFFER)
    phone.ack()
    phone.login.challenged(phone.final("INVITE"))
    (name, value), *_ = phone.login.headers(b"INVITE", b"sip:407-200@192.0.2.1", OFFER)
    phone.start("INVITE", "407-200", {name.decode(): value.decode()}, OFFER)
    phone.ack()
    phone.bye()
    assert phone.ladder()[-3:] == ["-> ACK", "-> BYE", "<- 200 to BYE"]
    phone.call("180-407")
    phone.cancel()
    assert 200 in phone.statuses()[-2:]
