"""The dialling grammar. Programs are written as short text: ``100 180 5s 486 | 200``."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.scenario.dial import compile_dial
from responder.scenario.steps import Hold, Program, Respond, Silent, Step, Wait
from responder.sip.authenticator import Terms
from responder.sip.grammar import Params


def shown(step: Step) -> str:
    match step:
        case Respond(status=status):
            return str(status)
        case Wait(seconds=seconds):
            return f"{seconds:g}s"
        case Hold():
            return "hold"
        case _:
            return "silent"


def dial(user: bytes, method: bytes = b"INVITE", params: Params = ()) -> str | None:
    program = compile_dial(user, params, method)
    if program is None:
        return None
    assert program.name == "dial"
    return " | ".join(" ".join(shown(step) for step in steps) for steps in program.attempts)


def finals(user: bytes, params: Params, method: bytes = b"INVITE") -> list[Respond]:
    program = compile_dial(user, params, method)
    assert program is not None
    return [
        step
        for steps in program.attempts
        for step in steps
        if isinstance(step, Respond) and step.status >= 200
    ]


@pytest.mark.parametrize(
    ("user", "invite", "other"),
    [
        (b"486", "100 486", "486"),
        (b"180-486", "100 180 486", "486"),
        (b"180-5-486", "100 180 5s 486", "5s 486"),
        (b"180*5*486", "100 180 5s 486", "5s 486"),
        (b"180*5-486", "100 180 5s 486", "5s 486"),
        (b"180%2A5%2A486", "100 180 5s 486", "5s 486"),
        (b"180-3s-200", "100 180 3s 200", "3s 200"),
        (b"183-250ms-603", "100 183 0.25s 603", "0.25s 603"),
        (b"401-200", "100 401 | 100 200", "401 | 200"),
        (b"503-503-200", "100 503 | 100 503 | 100 200", "503 | 503 | 200"),
        (b"180-486-5-200", "100 180 486 | 100 5s 200", "486 | 5s 200"),
        (b"200", "100 200", "200"),
        (b"answer", "100 200", "200"),
        (b"ECHO", "100 200", "200"),
        (b"180-2-Answer", "100 180 2s 200", "2s 200"),
        (b"180", "100 180 hold", "200"),
        (b"183-5", "100 183 5s hold", "5s 200"),
        (b"486-180", "100 486 | 100 180 hold", "486 | 200"),
        (b"000", "silent", "silent"),
        (b"Silent", "silent", "silent"),
        (b"000-200", "silent | 100 200", "silent | 200"),
        (b"200-000-486", "100 200 | silent | 100 486", "200 | silent | 486"),
        (b"5-000", "silent", "silent"),
        (b"180-5-000", "100 180 5s silent", "silent"),
        (b"100", "100 hold", "200"),
        (b"100-486", "100 486", "486"),
        (b"3-100-486", "3s 100 486", "3s 486"),
        (b"180-100-486", "100 180 100 486", "486"),
        (b"199-404", "100 199 404", "404"),
        (b"408", "100 408", "silent"),
        (b"5-408-200", "100 5s 408 | 100 200", "silent | 200"),
        (b"699", "100 699", "699"),
        (b"0-486", "100 0s 486", "0s 486"),
        (b"05-486", "100 5s 486", "5s 486"),
        (b"99-486", "100 99s 486", "99s 486"),
        (b"1.5s-486", "100 1.5s 486", "1.5s 486"),
        (b"1M-486", "100 60s 486", "60s 486"),
        (b"60m-486", "100 3600s 486", "3600s 486"),
        (b"3600s-486", "100 3600s 486", "3600s 486"),
        (b"486;npdi", "100 486", "486"),
        (b"-".join([b"486"] * 32), " | ".join(["100 486"] * 32), " | ".join(["486"] * 32)),
    ],
)
def test_table(user: bytes, invite: str, other: str) -> None:
    """What each spelling does to an INVITE and, under RFC 4320, to another method."""
    assert dial(user) == invite
    for method in (b"OPTIONS", b"REGISTER", b"MESSAGE", b"invite"):
        assert dial(user, method) == other


@pytest.mark.row("RSP-07", "RSP-09")
@given(st.lists(st.integers(100, 699), min_size=1, max_size=32))
def test_other_methods_get_no_provisional_and_no_408(statuses: list[int]) -> None:
    """No method but INVITE is ever sent a 1xx or a 408."""
    user = b"-".join(b"%d" % status for status in statuses)
    program = compile_dial(user, (), b"SUBSCRIBE")
    assert program is not None
    sent = [s.status for steps in program.attempts for s in steps if isinstance(s, Respond)]
    assert all(status >= 200 and status != 408 for status in sent)


@pytest.mark.parametrize(
    "user",
    [
        b"",
        b"-",
        b"486-",
        b"-486",
        b"180--486",
        b"180 486",
        b"099",
        b"007",
        b"700",
        b"999",
        b"1001",
        b"0000",
        b"5",
        b"42",
        b"3s",
        b"486-5",
        b"alice",
        b"echo-test",
        b"486x",
        b"+486",
        b"1.5-486",
        b".5s-486",
        b"3h-486",
        b"3 s-486",
        b"3601s-486",
        b"61m-486",
        b"99999999s-486",
        b"\xb2-486",
        b"%00486",
        b"%2535-486",
        b"-".join([b"486"] * 33),
        b"-" * 100_000,
    ],
    ids=lambda user: repr(user[:20]),
)
def test_spells_nothing(user: bytes) -> None:
    assert dial(user) is None
    assert dial(user, b"OPTIONS") is None


@given(
    st.binary() | st.text(alphabet="0123456789-*msecho.%;").map(str.encode),
    st.lists(
        st.tuples(
            st.sampled_from([b"reason", b"after", b"Retry-After", b"contact", b"trying", b"x"]),
            st.none() | st.binary() | st.sampled_from([b"1", b"2s", b"no", b"%0d%0aX:y"]),
        )
    ),
    st.sampled_from([b"INVITE", b"OPTIONS", b""]),
)
def test_anything_is_a_sound_program_or_none(
    user: bytes, params: list[tuple[bytes, bytes | None]], method: bytes
) -> None:
    program = compile_dial(user, tuple(params), method)
    if program is None:
        return
    assert program.attempts
    for steps in program.attempts:
        assert isinstance(steps[-1], Hold | Silent) or (
            isinstance(steps[-1], Respond) and steps[-1].status >= 200
        )


def _spelling(steps: tuple[Step, ...]) -> list[bytes]:
    parts = []
    for step in steps:
        match step:
            case Respond(status=status):
                parts.append(b"%d" % status)
            case Wait(seconds=seconds):
                parts.append(b"%dms" % round(seconds * 1000))
            case Silent():
                parts.append(b"000")
    return parts


_provisional = st.builds(Respond, st.integers(101, 199))
_wait = st.integers(0, 3_600_000).map(lambda ms: Wait(round(ms / 1000, 9)))
_final = st.builds(Respond, st.integers(200, 699))
_attempt = st.tuples(st.lists(_provisional | _wait, max_size=4), _final).map(
    lambda drawn: (Respond(100), *drawn[0], drawn[1])
) | st.just((Silent(),))
_ringing = st.tuples(_provisional, st.lists(_provisional | _wait, max_size=3)).map(
    lambda drawn: (Respond(100), drawn[0], *drawn[1], Hold())
)


@given(st.lists(_attempt, max_size=4), _attempt | _ringing, st.sampled_from([b"-", b"*"]))
def test_written_program_reads_back(
    first: list[tuple[Step, ...]], last: tuple[Step, ...], separator: bytes
) -> None:
    attempts = (*first, last)
    user = separator.join(part for steps in attempts for part in _spelling(steps))
    assert compile_dial(user, (), b"INVITE") == Program("dial", attempts)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"2s", "100 180 2s 486 | 100 2s 200"),
        (b"2", "100 180 2s 486 | 100 2s 200"),
        (b"120", "100 180 120s 486 | 100 120s 200"),
        (b"500MS", "100 180 0.5s 486 | 100 0.5s 200"),
        (b"abc", "100 180 486 | 100 200"),
        (b"", "100 180 486 | 100 200"),
        (b"-1", "100 180 486 | 100 200"),
        (b"2h", "100 180 486 | 100 200"),
        (b"3601", "100 180 486 | 100 200"),
        (None, "100 180 486 | 100 200"),
    ],
)
def test_after(value: bytes | None, expected: str) -> None:
    assert dial(b"180-486-200", params=((b"after", value),)) == expected


def test_after_without_a_final() -> None:
    assert dial(b"180", params=((b"after", b"2"),)) == "100 180 hold"
    assert dial(b"000", params=((b"after", b"2"),)) == "silent"
    assert dial(b"180", b"OPTIONS", ((b"after", b"2"),)) == "2s 200"


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (((b"trying", b"no"),), "180 486"),
        (((b"TRYING", b"No"),), "180 486"),
        (((b"trying", b"yes"),), "100 180 486"),
        (((b"trying", None),), "100 180 486"),
        (((b"transport", b"tcp"), (b"ob", None), (b"lr", None)), "100 180 486"),
    ],
)
def test_trying_and_strangers(params: Params, expected: str) -> None:
    assert dial(b"180-486", params=params) == expected


@pytest.mark.parametrize(
    ("user", "value", "phrases"),
    [
        (b"503", b"Overload", [b"Overload"]),
        (b"503", b"Too%20much", [b"Too much"]),
        (b"503", b"100%25%2520", [b"100%%20"]),
        (b"503", b"caf%C3%A9", ["café".encode()]),
        (b"503", b"", [b""]),
        (b"401-200", b"Fine", [None, b"Fine"]),
        (b"486-180", b"Busy", [b"Busy"]),
        (b"503", b"a%0D%0AX: y", [None]),
        (b"503", b"a\nb", [None]),
        (b"503", b"a%09b", [None]),
        (b"503", b"a%00", [None]),
        (b"503", b"%7F", [None]),
        (b"503", b"%FF", [None]),
        (b"503", b"%C2%85", [None]),
        (b"503", b"%E2%80%A8", [None]),
        (b"503", None, [None]),
    ],
)
def test_reason(user: bytes, value: bytes | None, phrases: list[bytes | None]) -> None:
    assert [step.reason for step in finals(user, ((b"reason", value),))] == phrases


def test_reason_of_a_provisional_and_of_nothing() -> None:
    program = compile_dial(b"183-180", ((b"reason", b"Ring"),), b"INVITE")
    assert program == Program(
        "dial", ((Respond(100), Respond(183), Respond(180, b"Ring"), Hold()),)
    )
    program = compile_dial(b"000", ((b"reason", b"Ring"),), b"INVITE")
    assert program == Program("dial", ((Silent(),),))


@pytest.mark.parametrize(
    ("user", "method", "param", "value", "headers"),
    [
        (b"503", b"INVITE", b"retry-after", b"30", {503: [(b"Retry-After", b"30")]}),
        (b"503", b"INVITE", b"Retry-After", b"%330", {503: [(b"Retry-After", b"30")]}),
        (
            b"503-486-200",
            b"INVITE",
            b"retry-after",
            b"30",
            {503: [(b"Retry-After", b"30")], 486: [(b"Retry-After", b"30")], 200: []},
        ),
        (b"503", b"INVITE", b"retry-after", b"-1", {503: []}),
        (b"503", b"INVITE", b"retry-after", b"soon", {503: []}),
        (b"503", b"INVITE", b"retry-after", b"3%0d%0aX:y", {503: []}),
        (b"503", b"INVITE", b"retry-after", b"3%0a", {503: []}),
        (b"421", b"INVITE", b"require", b"100rel", {421: [(b"Require", b"100rel")]}),
        (b"421", b"INVITE", b"require", b"a%2C%20b", {421: [(b"Require", b"a, b")]}),
        (b"421-200", b"INVITE", b"require", b"x", {421: [(b"Require", b"x")], 200: []}),
        (b"421", b"INVITE", b"require", b"a b", {421: []}),
        (b"302", b"INVITE", b"contact", b"sip:bob@h", {302: [(b"Contact", b"<sip:bob@h>")]}),
        (
            b"302",
            b"INVITE",
            b"contact",
            b"sip%3Abob%40h%3Ba=%2541",
            {302: [(b"Contact", b"<sip:bob@h;a=%41>")]},
        ),
        (b"404", b"INVITE", b"contact", b"sip:bob@h", {404: []}),
        (b"302", b"INVITE", b"contact", b"sip:a@b%3E,%3Csip:c@d", {302: []}),
        (b"302", b"INVITE", b"contact", b"sip:a@b%0d%0aX:y", {302: []}),
        (b"302", b"INVITE", b"contact", b"sip:a b", {302: []}),
        (b"302", b"INVITE", b"contact", b"bob", {302: []}),
        (b"302", b"INVITE", b"expires", b"60", {302: [(b"Expires", b"60")]}),
        (b"301", b"INVITE", b"expires", b"60", {301: []}),
        (b"200", b"REGISTER", b"expires", b"60", {200: [(b"Expires", b"60")]}),
        (b"200", b"INVITE", b"expires", b"60", {200: []}),
        (b"423", b"REGISTER", b"min-expires", b"90", {423: [(b"Min-Expires", b"90")]}),
        (b"403", b"REGISTER", b"min-expires", b"90", {403: []}),
        (b"422", b"INVITE", b"min-se", b"90", {422: [(b"Min-SE", b"90")]}),
        (b"486", b"INVITE", b"min-se", b"90", {486: []}),
        (b"486", b"INVITE", b"subject", b"x", {486: []}),
    ],
)
def test_headers(
    user: bytes,
    method: bytes,
    param: bytes,
    value: bytes,
    headers: dict[int, list[tuple[bytes, bytes]]],
) -> None:
    steps = finals(user, ((param, value),), method)
    assert {step.status: list(step.headers) for step in steps} == headers


def test_first_of_several_values_counts() -> None:
    params = ((b"retry-after", None), (b"retry-after", b"1"), (b"Retry-After", b"2"))
    assert finals(b"503", params)[0].headers == ((b"Retry-After", b"1"),)


@pytest.mark.parametrize(
    ("params", "terms"),
    [
        ((), Terms()),
        (((b"realm", b"A%20realm"),), Terms(realm=b"A realm")),
        (((b"realm", b"%00"),), Terms()),
        (((b"realm", b"%ff"),), Terms()),
        (((b"algorithm", b"sha-256"),), Terms(algorithms=(b"SHA-256",))),
        (
            ((b"Algorithm", b"sha-512-256-sess%2cMD5"),),
            Terms(algorithms=(b"SHA-512-256-sess", b"MD5")),
        ),
        (((b"algorithm", b"X-new"),), Terms(algorithms=(b"X-new",))),
        (((b"algorithm", b"MD5%2c"),), Terms()),
        (((b"algorithm", b"MD5;x"),), Terms()),
        (((b"qop", b"auth-int"),), Terms(qop=(b"auth-int",))),
        (((b"qop", b"AUTH%2Cauth-int"),), Terms(qop=(b"auth", b"auth-int"))),
        (((b"qop", b"none"),), Terms(qop=())),
        (((b"qop", b"other"),), Terms()),
        (((b"stale", b"TRUE"),), Terms(stale=True)),
        (((b"stale", b"yes"),), Terms()),
    ],
)
@pytest.mark.parametrize("user", [b"401-200", b"180-407"])
def test_what_a_challenge_asks_for(user: bytes, params: Params, terms: Terms) -> None:
    first, *others = finals(user, params)
    assert first.terms == terms
    assert all(each.terms == Terms() for each in others)


@given(
    st.sampled_from([b"reason", b"retry-after", b"require", b"contact", b"expires", b"min-se"]),
    st.binary() | st.binary(max_size=4).map(lambda b: b"sip:a" + b),
    st.sampled_from([b"302", b"421", b"422", b"423", b"503"]),
)
def test_no_header_injection(name: bytes, value: bytes, user: bytes) -> None:
    """Neither bare nor escaped does a control character reach a response."""
    escaped = b"".join(b"%%%02x" % octet for octet in value)
    for form in (value, escaped):
        for step in finals(user, ((name, form),)):
            for text in (step.reason or b"", *(v for _, v in step.headers)):
                assert not re.search(rb"[\x00-\x1f\x7f]", text)
