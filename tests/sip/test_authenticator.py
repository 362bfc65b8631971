"""Challenges, and what credentials amount to: every algorithm, and every broken kind."""

import hashlib

import pytest

from responder.sip.authenticator import USUAL, Authenticator, Judgement, Terms, Verdict
from responder.sip.digest import answer
from responder.sip.headers.auth import Challenge, Credentials, parse_challenge
from responder.sip.message import Message, parse
from responder.sip.settings import Authentication
from responder.sip.users import Users
from responder.testing.tokens import counted_tokens

ALGORITHMS = [b"MD5", b"SHA-256", b"SHA-512-256", b"MD5-sess", b"SHA-256-sess", b"SHA-512-256-sess"]
TABLE = Users([("alice", "secret"), ("J\u00e4s\u00f8n", "Secret, or not?")])
URI = "sip:401@192.0.2.1"
NOW = 1000.0


def authenticator(users: Users = TABLE, **changes: object) -> Authenticator:
    settings = Authentication(users=users)
    for name, value in changes.items():
        object.__setattr__(settings, name, value)
    return Authenticator(settings, counted_tokens())


def asked(made: Authenticator, terms: Terms = USUAL, now: float = NOW) -> list[Challenge]:
    return [parse_challenge(value) for value in made.challenges(terms, False, now)]


def request(
    *credentials: bytes, method: str = "REGISTER", body: bytes = b"", name: str = "Authorization"
) -> Message:
    head = f"{method} {URI} SIP/2.0\r\nTo: <sip:alice@h>\r\n".encode()
    lines = [name.encode() + b": " + value + b"\r\n" for value in credentials]
    return parse(head + b"".join(lines) + b"\r\n" + body)


def credentials(
    challenge: Challenge,
    password: bytes = b"secret",
    user: bytes = b"alice",
    nc: int = 1,
    uri: str = URI,
    method: bytes = b"REGISTER",
    body: bytes = b"",
    qop: bytes = b"auth",
) -> Credentials:
    return answer(challenge, method, uri.encode(), user, password, body, b"0a4f", nc, qop)


def judge(
    made: Authenticator, *given: Credentials | bytes, terms: Terms = USUAL, now: float = NOW
) -> Judgement:
    values = [each.to_bytes() if isinstance(each, Credentials) else each for each in given]
    return made.judge(request(*values), 401, terms, now)


# Challenges.


@pytest.mark.row("AUT-01")
def test_a_challenge_names_realm_nonce_algorithm_and_qop() -> None:
    (challenge,) = asked(authenticator())
    assert challenge.is_digest
    assert [name for name, _ in challenge.params] == [b"realm", b"nonce", b"algorithm", b"qop"]
    assert challenge.param(b"qop") == b"auth"


@pytest.mark.row("AUT-02")
def test_each_algorithm_has_a_challenge_the_preferred_one_first() -> None:
    preferred = (b"SHA-512-256", b"SHA-256", b"MD5")
    challenges = asked(authenticator(algorithms=preferred))
    assert tuple(each.param(b"algorithm") for each in challenges) == preferred
    assert len({each.param(b"realm") for each in challenges}) == 1
    assert len({each.param(b"nonce") for each in challenges}) == 3


def test_an_algorithm_that_no_user_could_answer_is_not_asked_for() -> None:
    secret = hashlib.md5(b"bob:sip-responder:secret").hexdigest()
    made = authenticator(
        Users((), [("bob", "sip-responder", secret)]), algorithms=(b"SHA-256", b"MD5")
    )
    (challenge,) = asked(made)
    assert challenge.param(b"algorithm") == b"MD5"
    assert judge(made, credentials(challenge, user=b"bob")).verdict is Verdict.ACCEPTED


def test_a_challenge_may_say_more() -> None:
    made = authenticator(
        realm=b'a "realm"',
        opaque=b"o",
        domain=b"sip:a sip:b",
        charset=True,
        qop=(b"auth", b"auth-int"),
    )
    (value,) = made.challenges(USUAL, True, NOW)
    assert value.startswith(b'Digest realm="a \\"realm\\"", nonce="')
    assert value.endswith(
        b'algorithm=MD5, qop="auth,auth-int", opaque="o", domain="sip:a sip:b", '
        b"stale=true, charset=UTF-8"
    )


def test_terms_go_before_the_settings() -> None:
    terms = Terms(b"elsewhere", (b"SHA-256", b"X-NEW"), ())
    one, other = asked(authenticator(), terms)
    assert (one.param(b"realm"), one.param(b"algorithm")) == (b"elsewhere", b"SHA-256")
    assert (other.param(b"algorithm"), other.param(b"qop")) == (b"X-NEW", None)


# Sound credentials.


@pytest.mark.row("AUT-03", "AUT-07")
@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=repr)
@pytest.mark.parametrize("qop", [(b"auth",), (b"auth-int",), (b"auth", b"auth-int"), ()], ids=repr)
@pytest.mark.parametrize("body", [b"", b"hello"], ids=repr)
def test_the_right_password_is_accepted(
    algorithm: bytes, qop: tuple[bytes, ...], body: bytes
) -> None:
    made = authenticator(algorithms=(algorithm,), qop=qop)
    (challenge,) = asked(made)
    given = credentials(challenge, body=body, qop=b"auth-int")
    digits = given.param(b"response") or b""
    assert len(digits) == (32 if b"MD5" in algorithm else 64)
    judged = made.judge(request(given.to_bytes(), body=body), 401, USUAL, NOW)
    assert judged.verdict is Verdict.ACCEPTED
    assert (judged.user, judged.nc) == (b"alice", 1 if qop else 0)
    wrong = credentials(challenge, b"Secret", body=body, qop=b"auth-int")
    other = made.judge(request(wrong.to_bytes(), body=body), 401, USUAL, NOW)
    assert other.verdict is Verdict.WRONG_PASSWORD
    changed = made.judge(request(given.to_bytes(), body=b"changed"), 401, USUAL, NOW)
    assert (changed.verdict is Verdict.WRONG_PASSWORD) is (b"auth-int" in qop)


@pytest.mark.row("AUT-04")
def test_no_algorithm_means_md5() -> None:
    made = authenticator()
    (challenge,) = asked(made)
    params = tuple(each for each in challenge.params if each[0] != b"algorithm")
    assert judge(made, credentials(Challenge(b"Digest", params))).verdict is Verdict.ACCEPTED


@pytest.mark.row("AUT-05")
@pytest.mark.parametrize(
    ("password", "later", "verdict", "stale"),
    [
        (b"secret", 299.0, Verdict.ACCEPTED, False),
        (b"secret", 300.0, Verdict.STALE, True),
        (b"wrong", 299.0, Verdict.WRONG_PASSWORD, False),
        (b"wrong", 300.0, Verdict.WRONG_PASSWORD, False),
    ],
)
def test_an_old_nonce_is_stale_if_all_else_is_right(
    password: bytes, later: float, verdict: Verdict, stale: bool
) -> None:
    made = authenticator()
    given = credentials(asked(made)[0], password)
    now = NOW + later
    assert judge(made, given, now=now).verdict is verdict
    assert made.called_stale(request(given.to_bytes()), 401, USUAL, now) is stale


def test_a_nonce_of_another_server_is_stale() -> None:
    made = authenticator()
    foreign = parse_challenge(b'Digest realm="sip-responder", nonce="n", qop="auth"')
    assert judge(made, credentials(foreign)).verdict is Verdict.STALE


def test_terms_may_call_any_credentials_stale() -> None:
    made = authenticator()
    given = request(credentials(asked(made)[0]).to_bytes())
    assert made.called_stale(given, 401, Terms(stale=True), NOW)
    assert not made.called_stale(request(), 401, Terms(stale=True), NOW)
    assert not made.called_stale(given, 407, Terms(stale=True), NOW)


@pytest.mark.row("AUT-06")
def test_a_nonce_count_that_does_not_grow_is_a_replay() -> None:
    made = authenticator()
    (challenge,) = asked(made)
    verdicts = [
        made.use(judge(made, credentials(challenge, nc=nc))).verdict.value for nc in (1, 2, 2, 1, 3)
    ]
    assert verdicts == ["accepted", "accepted", "replayed", "replayed", "accepted"]
    said = made.use(judge(made, credentials(challenge, nc=3))).why
    assert said == (
        "alice uses a nonce again with nc 00000003, which is not above that of the last request "
        "(RFC 7616 3.4)."
    )


@pytest.mark.row("AUT-08")
@pytest.mark.parametrize(
    ("uri", "noted"),
    [
        (URI, ""),
        ("sip:%34%30%31@192.0.2.1;x=y", ""),
        ("sip:of-the-phone@proxy.example", ", for sip:of-the-phone@proxy.example and not the"),
    ],
)
def test_the_uri_may_have_been_changed_on_the_way(uri: str, noted: str) -> None:
    made = authenticator()
    judged = judge(made, credentials(asked(made)[0], uri=uri))
    assert judged.verdict is Verdict.ACCEPTED
    assert judged.why.startswith("alice is accepted" + (noted or "."))


def test_a_name_beyond_ascii_comes_in_utf_8_or_as_an_extended_value() -> None:
    name = "J\u00e4s\u00f8n".encode()
    made = authenticator()
    (challenge,) = asked(made)
    given = credentials(challenge, b"Secret, or not?", name)
    assert judge(made, given).verdict is Verdict.ACCEPTED
    params = ((b"username*", b"UTF-8''J%C3%A4s%C3%B8n"), *given.params[1:])
    extended = Credentials(b"Digest", params)
    assert judge(made, extended).verdict is Verdict.ACCEPTED
    latin = Credentials(b"Digest", ((b"username", b'"J\xe4s\xf8n"'), *given.params[1:]))
    assert judge(made, latin).verdict is Verdict.UNKNOWN_USER


def test_bare_values_are_read_too() -> None:
    """Some clients leave out the quotes."""
    made = authenticator()
    given = credentials(asked(made)[0])
    bare = given.to_bytes().replace(b'"', b"")
    assert judge(made, bare).verdict is Verdict.ACCEPTED


# Several, and others.


@pytest.mark.row("AUT-13")
def test_of_several_credentials_those_of_the_realm_count() -> None:
    made = authenticator()
    other = parse_challenge(b'Digest realm="elsewhere", nonce="n", qop="auth"')
    own = credentials(asked(made)[0])
    foreign = credentials(other, b"x")
    for given in [
        (foreign, own),
        (own, foreign),
        (b"Basic YTpi", foreign, own),
        (b"Digest ,", own),
    ]:
        assert judge(made, *given).verdict is Verdict.ACCEPTED
    judged = judge(made, foreign)
    assert judged.verdict is Verdict.OTHER_REALM
    assert judged.why == 'alice has credentials for realm "elsewhere", not "sip-responder".'


@pytest.mark.row("AUT-11", "AUT-14")
@pytest.mark.parametrize("value", [b"Basic YWxpY2U6c2VjcmV0", b"Bearer abc.def", b"Handshake a=b"])
def test_another_scheme_is_as_good_as_none(value: bytes) -> None:
    judged = judge(authenticator(), value)
    scheme = value.split()[0].decode()
    assert judged.verdict is Verdict.ABSENT
    assert judged.why == f"No Digest credentials; {scheme} is not taken (RFC 8760 2.6)."


def test_who_was_not_challenged_yet_may_name_himself_alone() -> None:
    """RFC 8760 section 2.7 lets nonce and response be empty until then."""
    value = b'Digest username="alice", realm="", nonce="", uri="sip:h", response=""'
    assert judge(authenticator(), value).verdict is Verdict.ABSENT


def test_a_407_is_answered_in_a_field_of_its_own() -> None:
    made = authenticator()
    given = credentials(asked(made)[0]).to_bytes()
    proxy = request(given, name="Proxy-Authorization")
    assert made.judge(proxy, 407, USUAL, NOW).verdict is Verdict.ACCEPTED
    assert made.judge(proxy, 401, USUAL, NOW).verdict is Verdict.ABSENT


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({b"algorithm": b"SHA-256"}, "uses algorithm sha-256, which was not asked for."),
        ({b"algorithm": b"FOO"}, "uses algorithm foo, which was not asked for."),
        ({b"qop": b"auth-int"}, "uses qop auth-int, which was not asked for."),
        ({b"qop": b"token"}, "uses qop token, which was not asked for."),
        ({b"opaque": b'"other"'}, "did not return the opaque text as it was."),
        ({b"opaque": None}, "did not return the opaque text as it was."),
    ],
    ids=repr,
)
def test_what_was_not_asked_for_is_not_taken(change: dict[bytes, bytes | None], why: str) -> None:
    made = authenticator(opaque=b"opaque")
    judged = judge(made, changed(credentials(asked(made)[0]), change))
    assert (judged.verdict, judged.why) == (Verdict.UNASKED, f"alice {why}")


def test_an_algorithm_that_is_not_known_can_be_asked_for_but_not_met() -> None:
    made = authenticator()
    given = changed(credentials(asked(made)[0]), {b"algorithm": b"X-NEW"})
    judged = judge(made, given, terms=Terms(algorithms=(b"X-New",)))
    assert judged.why == "alice uses algorithm x-new, which is not known here."


def test_an_unknown_user_is_told_from_a_wrong_password() -> None:
    made = authenticator()
    (challenge,) = asked(made)
    unknown = judge(made, credentials(challenge, user=b"mallory"))
    assert (unknown.verdict, unknown.why) == (Verdict.UNKNOWN_USER, "mallory is no user.")
    wrong = judge(made, credentials(challenge, b"guess"))
    assert (wrong.verdict, wrong.why) == (Verdict.WRONG_PASSWORD, "alice has another password.")


# Broken credentials.


def changed(given: Credentials, change: dict[bytes, bytes | None]) -> bytes:
    params = {**dict(given.params), **change}
    sound = tuple(param for param in params.items() if param[1] is not None)
    return Credentials(b"Digest", sound).to_bytes()


BROKEN: list[tuple[dict[bytes, bytes | None] | bytes, str]] = [
    ({b"username": None}, "no username"),
    ({b"username*": b"UTF-8''alice"}, "username twice"),
    ({b"username": None, b"username*": b"ISO-8859-1''alice"}, "username* is not UTF-8''..."),
    ({b"username": None, b"username*": b"UTF-8''al%ice"}, "username* is not UTF-8''..."),
    (
        {b"username": None, b"username*": b"UTF-8''a", b"userhash": b"true"},
        "username* with userhash",
    ),
    ({b"realm": None}, "no realm"),
    ({b"nonce": None}, "no nonce"),
    ({b"uri": None}, "no uri"),
    ({b"response": None}, "no response"),
    ({b"response": b'""'}, "response is not hexadecimal digits, 32 or more"),
    ({b"response": b'"' + b"g" * 32 + b'"'}, "response is not hexadecimal digits, 32 or more"),
    ({b"response": b'"' + b"0" * 31 + b'"'}, "response is not hexadecimal digits, 32 or more"),
    ({b"response": b'"\xff\xfe"'}, "response is not hexadecimal digits, 32 or more"),
    ({b"nc": b"1"}, "nc is not 8 hexadecimal digits"),
    ({b"nc": b"0000000g"}, "nc is not 8 hexadecimal digits"),
    ({b"nc": b"-0000001"}, "nc is not 8 hexadecimal digits"),
    ({b"nc": b"1" * 5000}, "nc is not 8 hexadecimal digits"),
    ({b"nc": b"00000000"}, "nc begins with 1"),
    ({b"nc": None}, "qop without nc"),
    ({b"cnonce": None}, "qop without cnonce"),
    (b"Digest", "no username"),
    (b"Digest ,", "empty parameter"),
    (b'Digest username="alice', "unbalanced quote"),
    (b'Digest username="a", username="b"', "parameter twice"),
    (b"Digest username", "bad parameter"),
    (b'Digest username="a" realm="b"', "bad parameter"),
    (b'"Digest" username="a"', "no scheme"),
    (b"", "no scheme"),
]


@pytest.mark.parametrize("everyone", [False, True], ids=["table", "everyone"])
@pytest.mark.parametrize(("change", "why"), BROKEN, ids=[repr(change)[:60] for change, _ in BROKEN])
def test_broken_credentials_are_malformed(
    change: dict[bytes, bytes | None] | bytes, why: str, everyone: bool
) -> None:
    made = authenticator(Users(everyone=everyone))
    given = change
    if isinstance(given, dict):
        given = changed(credentials(asked(made)[0]), given)
    judged = judge(made, given)
    assert (judged.verdict, judged.why) == (Verdict.MALFORMED, f"Authorization: {why}.")


@pytest.mark.parametrize("uri", [b'""', b'"*"', b'"sip:"', b'"sip:a b"', b'"\xff"'], ids=repr)
def test_a_uri_that_is_none_is_malformed(uri: bytes) -> None:
    made = authenticator()
    judged = judge(made, changed(credentials(asked(made)[0]), {b"uri": uri}))
    assert judged.verdict is Verdict.MALFORMED
    assert judged.why.startswith("uri of Authorization: ")


@pytest.mark.parametrize("everyone", [False, True], ids=["table", "everyone"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"username", b'"' + b"x" * 30_000 + b'"'),
        (b"username", b'"\x80\xff\\\x01"'),
        (b"username", b'""'),
        (b"realm", b'"' + b"\\" * 2_000 + b'"'),
        (b"nonce", b'"' + b"0" * 30_000 + b'"'),
        (b"cnonce", b'"\xff"'),
        (b"response", b'"' + b"0" * 30_000 + b'"'),
        (b"uri", b'"sip:' + b"a" * 30_000 + b'@h"'),
        (b"algorithm", b"\xff\xff"),
        (b"userhash", b"true"),
        (b"anything", b'"' + b"y" * 1000 + b'"'),
    ],
    ids=lambda value: value[:12].decode("latin-1"),
)
def test_odd_credentials_are_judged_and_told_in_a_short_line(
    name: bytes, value: bytes, everyone: bool
) -> None:
    made = authenticator(Users(everyone=everyone))
    judged = judge(made, changed(credentials(asked(made)[0], b"other"), {name: value}))
    accepted = judged.verdict in {Verdict.ACCEPTED, Verdict.STALE}
    assert accepted is everyone
    assert judged.why.isprintable()
    assert len(judged.why) < 300


def test_no_password_is_in_any_text() -> None:
    made = authenticator(Users([("alice", "hunter2")]))
    told = [judge(made, credentials(asked(made)[0], password)) for password in (b"hunter2", b"x")]
    assert "hunter2" not in repr((told, made.settings, made))
