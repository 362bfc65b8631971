"""What holds for each parser of a header value: one kind of error, symmetry, linear time."""

import gc
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.sip import grammar
from responder.sip.errors import Malformed
from responder.sip.headers.address import (
    WILDCARD,
    NameAddr,
    parse_address,
    parse_address_list,
    parse_contacts,
)
from responder.sip.headers.auth import parse_challenge, parse_credentials
from responder.sip.headers.content import (
    parse_accept,
    parse_disposition,
    parse_media_type,
    parse_preferences,
)
from responder.sip.headers.cseq import parse_cseq
from responder.sip.headers.date import format_date, parse_date
from responder.sip.headers.reason import parse_reason_list
from responder.sip.headers.replaces import parse_join, parse_replaces
from responder.sip.headers.retry_after import parse_retry_after
from responder.sip.headers.tokens import parse_tokens, write_tokens
from responder.sip.headers.uri import parse_uri
from responder.sip.headers.via import parse_via_list
from tests.proportion import least_time


class Written(Protocol):
    def to_bytes(self) -> bytes: ...


def joined(values: Sequence[Written]) -> bytes:
    return b", ".join(value.to_bytes() for value in values)


def contacts(value: bytes) -> tuple[object, bytes]:
    found = parse_contacts(value)
    return found, b"*" if found is WILDCARD else joined([*addresses(found)])


def addresses(found: object) -> list[NameAddr]:
    assert isinstance(found, list)
    return found


def one(parse: Callable[[bytes], Written]) -> Callable[[bytes], tuple[object, bytes]]:
    def both(value: bytes) -> tuple[object, bytes]:
        found = parse(value)
        return found, found.to_bytes()

    return both


def several(parse: Callable[[bytes], Sequence[Written]]) -> Callable[[bytes], tuple[object, bytes]]:
    def both(value: bytes) -> tuple[object, bytes]:
        found = parse(value)
        return found, joined(found)

    return both


def tokens(value: bytes) -> tuple[object, bytes]:
    found = parse_tokens(value, "Allow")
    return found, write_tokens(found)


def date(value: bytes) -> tuple[object, bytes]:
    found = parse_date(value)
    return found, format_date(found)


def params(value: bytes) -> tuple[object, bytes]:
    found = grammar.parse_params(value)
    return found, grammar.write_params(found)


def elements(value: bytes) -> tuple[object, bytes]:
    found = grammar.split_commas(value)
    return found, b",".join(found)


# Each entry: what parses a value and writes the result again, and values that it takes.
PARSERS: dict[str, tuple[Callable[[bytes], tuple[object, bytes]], list[bytes]]] = {
    "parse_params": (params, [b';a="b;\\"c";d=e;lr', b" ; a = b ; received=::1"]),
    "split_commas": (elements, [b'"a,b" <sip:a@b,c>;x="<", d', b"a, b,c"]),
    "uri": (
        one(parse_uri),
        [b"sips:a%20b;x=1:pw@[2001:db8:::192.0.2.1]:5061;lr;a=%41?x=y&z=", b"tel:+1-2;x=y"],
    ),
    "via": (
        several(parse_via_list),
        [
            b"SIP / 2.0 / UDP [2001:db8::1] : 5060 ; branch=z9hG4bKx;rport, SIP/2.0/TCP h",
            b'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;x="a,\\""',
        ],
    ),
    "address": (
        one(lambda value: parse_address(value, "To")),
        [b'"A \\"B\\" \xff" <sip:a@b;lr?c=d>;tag=1', b"A b<tel:1>", b"sip:a@b;tag=2"],
    ),
    "addresses": (
        several(lambda value: parse_address_list(value, "Route")),
        [b'<sip:a,b@c;lr>, "x, y" <sips:d@e>;q=0.1, sip:f@g;expires=3'],
    ),
    "contacts": (contacts, [b"*", b'<sip:a@b>;+sip.instance="<urn:uuid:1>", sip:c@d']),
    "cseq": (one(parse_cseq), [b"0042 INVITE"]),
    "media-type": (one(parse_media_type), [b'multipart/mixed; boundary="a\\"b"']),
    "accept": (several(parse_accept), [b"application/sdp;level=1;q=0.5, text/*, */*;q=0"]),
    "disposition": (one(parse_disposition), [b"session;handling=optional"]),
    "languages": (
        several(lambda value: parse_preferences(value, "Accept-Language")),
        [b"da, en-gb;q=0.8, *;q=0"],
    ),
    "replaces": (one(parse_replaces), [b'a<"b\\@[::1];to-tag=1;from-tag=2;early-only;x="y"']),
    "join": (one(parse_join), [b"a@b;to-tag=1;from-tag=2"]),
    "retry-after": (one(parse_retry_after), [b"0120 (a (b) \\) c);duration=60;x"]),
    "reason": (several(parse_reason_list), [b'SIP;cause=200;text="a \\"b\\"", Q.850;cause=16;x=y']),
    "challenge": (one(parse_challenge), [b'Digest realm="a \\"b\\"", nonce=x==, qop="auth"']),
    "credentials": (one(parse_credentials), [b"Basic Zm9v==", b'Digest uri="sip:a@b", nc=1']),
    "tokens": (tokens, [b"INVITE, ACK,BYE ,\tOPTIONS"]),
    "date": (date, [b"Sat, 13 Nov 2010 23:29:00 GMT"]),
}
NAMES = list(PARSERS)
every_parser = pytest.mark.parametrize("name", NAMES)

TELLING = st.sampled_from(
    [bytes((octet,)) for octet in b"\"\\<>;,=@:/?%[]()* \t\r\n\x00\x7f\xff.-+&#'0aZ"]
)
EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 3), st.one_of(TELLING, st.binary(max_size=3))),
    min_size=1,
    max_size=6,
)


def mutated(value: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    for where, dropped, added in edits:
        position = round(where * len(value))
        value = value[:position] + added + value[position + dropped :]
    return value


def parses_or_is_malformed(name: str, value: bytes) -> None:
    roundtrip, _ = PARSERS[name]
    fault = ""
    try:
        found, written = roundtrip(value)
    except Malformed as error:
        fault = str(error)
    if fault:
        assert fault.isascii()
        assert fault.isprintable()
        assert len(fault) < 80
        return
    again, rewritten = roundtrip(written)
    assert again == found
    assert rewritten == written


@every_parser
def test_the_samples_parse(name: str) -> None:
    roundtrip, samples = PARSERS[name]
    for sample in samples:
        found, written = roundtrip(sample)
        assert roundtrip(written)[0] == found


@given(name=st.sampled_from(NAMES), value=st.binary(max_size=60))
def test_random_bytes_parse_or_are_malformed(name: str, value: bytes) -> None:
    parses_or_is_malformed(name, value)


@given(name=st.sampled_from(NAMES), value=st.lists(TELLING, max_size=30).map(b"".join))
def test_random_separators_parse_or_are_malformed(name: str, value: bytes) -> None:
    parses_or_is_malformed(name, value)


@every_parser
@given(data=st.data())
def test_mutated_values_parse_or_are_malformed(name: str, data: st.DataObject) -> None:
    sample = data.draw(st.sampled_from(PARSERS[name][1]))
    parses_or_is_malformed(name, mutated(sample, data.draw(EDITS)))


# What follows the start of each value is repeated until the value is long.
STARTS = [
    b"",
    b'"',
    b"<",
    b"sip:",
    b"<sip:a@b",
    b"SIP/2.0/UDP h",
    b"5 ",
    b"Digest a=",
    b"a/b",
    b"A ",
    b"<sip:a@b>",
    b'"x" ',
    b"a;x",
    b"SIP/2.0/UDP h;a",
]
REPEATED = [
    b'"',
    b";",
    b"<",
    b">",
    b" ",
    b"\\",
    b"a",
    b"0",
    b",",
    b"%41",
    b"a.",
    b"a-",
    b":",
    b"(",
    b"@",
    b"=",
    b";a",
    b";a=",
    b'\\"',
    b'";',
    b"a ",
    b"a,",
    b"<a>",
    b"1.",
    b"& ",
    b"?a=b&",
]
SHORT = 4_096
LONG = 65_536


def tolerant(parse: Callable[[bytes], object], value: bytes) -> None:
    with suppress(Malformed):
        parse(value)


@every_parser
def test_hostile_values_take_time_in_proportion_to_their_length(name: str) -> None:
    """A value 16 times as long may take some 16 times as long, never 256 times.

    The bound lies between the two, and a base of some microseconds keeps the clock's grain out.
    """
    roundtrip, _ = PARSERS[name]
    gc.disable()
    try:
        for start in STARTS:
            for unit in REPEATED:
                short, long = (
                    start + unit * (length // len(unit)) + b"\x00" for length in (SHORT, LONG)
                )
                base = max(least_time(partial(tolerant, roundtrip, short)), 50e-6)
                assert least_time(partial(tolerant, roundtrip, long)) < 80 * base, (start, unit)
    finally:
        gc.enable()
