"""Requests that come often are read by their likeness: they are what the parser would make."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.sip import likeness
from responder.sip.events import Flow
from responder.sip.likeness import Likenesses
from responder.sip.message import Message, parse
from responder.sip.routing import is_plain, top_via
from responder.sip.settings import Limits, Settings
from responder.sip.validation import Examined, examine
from responder.stack import Stack
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens

OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 9 RTP/AVP 0\r\n"
)
FLOW = Flow("udp", ("127.0.0.1", 5060), ("127.0.0.1", 40000))
PARTS = {
    "start": b"INVITE sip:486@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:40000",
    "branch": b"z9hG4bK1",
    "via": b"",
    "between": b"Max-Forwards: 70\r\n",
    "from_tag": b"a",
    "to_tag": b"",
    "call_id": b"1@load",
    "number": b"1",
    "method": b"INVITE",
    "rest": b"Contact: <sip:load@127.0.0.1:40000>\r\nContent-Type: application/sdp\r\n",
    "body": OFFER,
    "length": b"",
}


def written(**changed: bytes) -> bytes:
    part = PARTS | changed
    return (
        b"%(start)b;branch=%(branch)b%(via)b\r\n%(between)b"
        b"From: <sip:load@127.0.0.1>;tag=%(from_tag)b\r\n"
        b"To: <sip:486@127.0.0.1>%(to_tag)b\r\nCall-ID: %(call_id)b\r\n"
        b"CSeq: %(number)b %(method)b\r\n%(rest)bContent-Length: %(length)b\r\n\r\n%(body)b"
    ) % {
        key.encode(): value or (b"%d" % len(part["body"]) if key == "length" else b"")
        for key, value in part.items()
    }


def several(count: int, **changed: bytes) -> Iterator[bytes]:
    for turn in range(count):
        number = b"%d" % turn
        yield written(
            **{
                "branch": b"z9hG4bK-" + number,
                "from_tag": b"tag" + number,
                "call_id": number + b"@load",
            }
            | changed
        )


def take(likenesses: Likenesses, data: bytes, limits: Limits | None = None) -> Message | None:
    """Do with a message what an endpoint does; return it if its likeness was known."""
    found = likenesses.read(data)
    if found is None and likenesses.wanting:
        message = parse(data)
        examined = examine(message, limits or Limits())
        if isinstance(examined, Examined):
            likenesses.learn(message, top_via(message.fields[b"via"], FLOW), examined)
    return found


def learned(*examples: bytes) -> Likenesses:
    """Likenesses after each of some requests has come often."""
    likenesses = Likenesses(Limits())
    for data in examples or (written(),):
        for _ in range(40):
            take(likenesses, data)
    return likenesses


def assert_same(found: Message, data: bytes) -> None:
    message = parse(data)
    assert message.fault is None
    assert message.repeated is None
    assert found.repeated is None
    assert found.fault is None
    assert (found.method, found.uri, found.status) == (message.method, message.uri, 0)
    assert found.fields == message.fields
    assert list(found.fields) == list(message.fields)
    assert (found.data, found.body) == (message.data, message.body)
    assert examine(found, Limits()) == examine(message, Limits())
    via = message.fields[b"via"]
    branch, sent_by, _, _ = top_via(via, FLOW)
    assert found.like is not None
    assert (found.branch, found.like.sent_by) == (branch, sent_by)
    assert found.like.plain == is_plain(via)


# What is read.


def test_what_comes_often_is_read_by_its_likeness() -> None:
    likenesses = Likenesses(Limits())
    read = [take(likenesses, data) for data in several(40)]
    assert read[: likeness._OFTEN] == [None] * likeness._OFTEN
    for found, data in zip(
        read[likeness._OFTEN :], list(several(40))[likeness._OFTEN :], strict=True
    ):
        assert found is not None
        assert_same(found, data)


FORMS = {
    "as usual": {},
    "rport": {"via": b";rport"},
    "rport first": {"start": PARTS["start"] + b";rport"},
    "in a dialog": {"to_tag": b";tag=0123abc"},
    "without a body": {"body": b"", "rest": b"Contact: <sip:a@b>\r\n"},
    "compact": {"rest": b"m: <sip:a@b>\r\nc: application/sdp\r\nk: timer\r\n"},
    "odd spaces": {"between": b"Max-Forwards :  70\t\r\nSubject:\tx\r\n"},
    "another method": {
        "start": b"REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:40000",
        "method": b"REGISTER",
        "number": b"999999999",
    },
    "a Via with more": {"via": b";received=10.0.0.1;keep"},
    "zeros before the number": {"number": b"01"},
    "more behind the tag": {"from_tag": b"x;y=z"},
    "UTF-8": {"between": "Subject: Grüße (.*)\r\n".encode()},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_likeness_has_any_form(form: dict[str, bytes]) -> None:
    likenesses = learned(written(**form))
    for data in several(5, **form):
        found = likenesses.read(data)
        assert found is not None
        assert_same(found, data)


def test_the_header_fields_may_stand_in_any_order() -> None:
    def data(number: int) -> bytes:
        return (
            b"OPTIONS sip:486@h SIP/2.0\r\nl: 0\r\ni: %d\r\nCSeq: %d OPTIONS\r\n"
            b"To: <sip:486@h>\r\nv: SIP/2.0/UDP h:5060;branch=z9hG4bK%d\r\n"
            b"f: <sip:a@h>;tag=%d\r\n\r\n"
        ) % (number, number, number, number)

    likenesses = learned(data(1))
    assert likenesses.read(data(7)) is None  # what comes before the branch is no likeness's

    first = (
        data(1)
        .replace(b"l: 0\r\ni: 1\r\nCSeq: 1 OPTIONS\r\n", b"")
        .replace(b"\r\n\r\n", b"\r\nl: 0\r\nCSeq: 1 OPTIONS\r\ni: 1\r\n\r\n")
    )
    likenesses = learned(first)
    found = likenesses.read(first.replace(b"i: 1", b"i: 2"))
    assert found is not None
    assert_same(found, first.replace(b"i: 1", b"i: 2"))


# What is not.


OTHERS = {
    "another header value": {"between": b"Max-Forwards: 69\r\n"},
    "another header": {"rest": PARTS["rest"] + b"Subject: x\r\n"},
    "a header less": {"between": b""},
    "a To tag": {"to_tag": b";tag=x"},
    "another method in CSeq": {"method": b"BYE"},
    "a branch with a comma": {"branch": b"z9hG4bK1,SIP/2.0/UDP h"},
    "a parameter behind the branch": {"branch": b"z9hG4bK1;maddr=10.0.0.1"},
    "a quoted tag": {"from_tag": b'"x"'},
    "a parameter behind the tag": {"from_tag": b"x;y=z"},
    "no tag": {"from_tag": b""},
    "a line end in the Call-ID": {"call_id": b"1\r\nCall-ID: 2"},
    "a folded Call-ID": {"call_id": b"\r\n 1"},
    "spaces round the Call-ID": {"call_id": b" 1 "},
    "no Call-ID": {"call_id": b""},
    "a number over 32 bits": {"number": b"4294967296"},
    "no number": {"number": b"x"},
    "a length too large": {"length": b"9999"},
    "a length too small": {"length": b"10"},
    "a length with zeros": {"length": b"0%d" % len(OFFER)},
    "bare line ends": {"rest": PARTS["rest"].replace(b"\r\n", b"\n")},
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_what_differs_otherwise_is_left_to_the_parser(other: dict[str, bytes]) -> None:
    assert learned().read(written(**other)) is None


@pytest.mark.parametrize(
    "data",
    [
        written(between=b"Subject: a\r\n b\r\n"),
        written(between=b"Subject: a\r\n\tb\r\n"),
        written(between=b"Via: SIP/2.0/UDP h2;branch=z9hG4bK2\r\n"),
        written(between=b"Route: <sip:a>\r\nRoute: <sip:b>\r\n"),
        written(call_id=b"1\xff"),
        written(rest=b"Subject: %b\r\n" % (b"x" * 4_096)),
        written(start=PARTS["start"].replace(b"486", b"4" * 600)),
        written(branch=b"1"),
        written().replace(b"From:", b"from", 1),
        b"",
        b"ACK",
    ],
    ids=[
        "folded",
        "folded with a tab",
        "two Vias",
        "a field twice",
        "an odd Call-ID",
        "long",
        "a long start",
        "no magic cookie",
        "no colon",
        "nothing",
        "next to nothing",
    ],
)
def test_what_is_written_otherwise_has_no_likeness(data: bytes) -> None:
    likenesses = learned(data)
    assert likenesses.read(data) is None


def test_what_is_too_large_by_the_limits_is_left_to_the_parser() -> None:
    limits = Limits(body=len(written()) + 10)
    likenesses = Likenesses(limits)
    for data in several(40):
        take(likenesses, data, limits)
    body = OFFER + b"a=x:%b\r\n" % (b"x" * 80)
    assert likenesses.read(written()) is not None
    assert likenesses.read(written(body=body)) is None


# What is remembered.


def test_a_caller_that_writes_otherwise_is_learned_anew() -> None:
    likenesses = learned()
    other = {"between": b"Max-Forwards: 69\r\n"}
    read = [take(likenesses, data) for data in several(100, **other)]
    assert read[0] is None
    assert read[-1] is not None
    assert likenesses.read(written()) is None


def test_of_callers_that_take_turns_hardly_any_is_looked_at() -> None:
    likenesses = Likenesses(Limits())
    wanted = 0
    for turn in range(2_000):
        data = written(between=b"Max-Forwards: %d\r\n" % turn)
        assert likenesses.read(data) is None
        if likenesses.wanting:
            wanted += 1
            examined = examine(parse(data), Limits())
            assert isinstance(examined, Examined)
            likenesses.learn(parse(data), top_via(parse(data).fields[b"via"], FLOW), examined)
    assert 0 < wanted < 10
    assert likenesses._known[PARTS["start"]].missed < 200


def test_one_among_others_that_are_alike_changes_nothing() -> None:
    likenesses = learned()
    for data in several(100):
        assert likenesses.read(written(between=b"")) is None
        assert not likenesses.wanting
        assert likenesses.read(data) is not None


def test_what_strangers_write_takes_a_bounded_room() -> None:
    likenesses = Likenesses(Limits())
    for number in range(likeness._MOST + 10):
        start = PARTS["start"].replace(b"486", b"%d" % number)
        for _ in range(likeness._OFTEN):
            take(likenesses, written(start=start))
    for number in range(likeness._MOST_SEEN + 10):
        take(likenesses, written(start=PARTS["start"].replace(b"486", b"x%d" % number)))
    assert 0 < len(likenesses._known) <= likeness._MOST
    assert len(likenesses._seen) <= likeness._MOST_SEEN


# Whatever comes.

_SOME = st.sampled_from(
    [
        b"",
        b"1",
        b"x",
        b"z9hG4bK2",
        b";",
        b",",
        b" ",
        b"\t",
        b"\r\n",
        b"\n",
        b"<",
        b'"',
        b":",
        b"=",
        b"\0",
        b"\xff",
    ]
)
_TEXT = st.lists(_SOME, max_size=4).map(b"".join)


@settings(max_examples=300)
@given(
    form=st.sampled_from(list(FORMS.values())),
    changed=st.dictionaries(
        st.sampled_from(
            ["branch", "via", "from_tag", "to_tag", "call_id", "number", "length", "body"]
        ),
        _TEXT,
        max_size=4,
    ),
    cut=st.none() | st.tuples(st.integers(0, 500), st.integers(0, 4), _TEXT),
)
def test_a_likeness_says_what_the_parser_says(
    form: dict[str, bytes], changed: dict[str, bytes], cut: tuple[int, int, bytes] | None
) -> None:
    likenesses = learned(written(**form))
    data = written(**(form | changed))
    if cut is not None:
        at, count, instead = cut
        data = data[:at] + instead + data[at + count :]
    found = likenesses.read(data)
    if found is not None:
        assert_same(found, data)


def _responses(stack: Stack, requests: list[bytes]) -> list[bytes]:
    network = Network(stack)
    flow = network.datagrams()
    return [sent.message.data for data in requests for sent in network.receive(flow, data)]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_an_endpoint_answers_what_it_has_often_seen_as_if_it_were_new(
    form: dict[str, bytes],
) -> None:
    requests = list(several(60, **form))
    stack = Stack(Settings(), counted_tokens())
    answered = _responses(stack, requests)
    assert stack.endpoint.likenesses.read(requests[-1]) is not None
    stack = Stack(Settings(), counted_tokens())
    stack.endpoint.likenesses._longest = 0
    assert answered == _responses(stack, requests)


def test_a_body_of_another_kind_is_refused_though_the_request_was_often_served() -> None:
    bare = {"body": b"", "rest": b"Contact: <sip:a@b>\r\n"}
    stack = Stack(Settings(), counted_tokens())
    answered = _responses(stack, [*several(40, **bare), written(**bare | {"body": b"x"})])
    assert answered[-1].startswith(b"SIP/2.0 400 Bad Request (body without Content-Type)")


def test_two_addresses_of_ours_are_told_apart() -> None:
    answers = {"start": PARTS["start"].replace(b"486", b"200")}
    network = Network(Stack(Settings(), counted_tokens()))
    for data in several(40, **answers):
        network.receive(network.datagrams(), data)
    other = Flow("udp", ("127.0.0.2", 5070), ("127.0.0.1", 40000))
    [*_, sent] = network.receive(other, written(**answers | {"branch": b"z9hG4bKother"}))
    assert b"Contact: <sip:200@127.0.0.2:5070>" in sent.message.data


def test_a_request_that_comes_by_another_transport_than_its_via_says_is_told_apart() -> None:
    answers = {"start": PARTS["start"].replace(b"486", b"200")}
    network = Network(Stack(Settings(), counted_tokens()))
    for data in several(40, **answers):
        network.receive(network.datagrams(), data)
    connection = network.connect()
    [*_, sent] = network.receive(connection, written(**answers | {"branch": b"z9hG4bKother"}))
    assert b"Contact: <sip:200@192.0.2.1:5060;transport=tcp>" in sent.message.data
