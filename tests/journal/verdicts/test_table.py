"""The table of rules, and that no bytes whatever make one of them raise."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from responder.journal.journal import Journal
from responder.journal.record import Record
from responder.journal.verdicts import RULES, Attempts, Evidence, judge, words
from responder.journal.verdicts.verdict import OUTCOMES
from responder.sip.events import Flow
from responder.sip.message import parse
from responder.testing.caller import OFFER
from tests.answering import ALICE, login
from tests.judging import caller, evidence, stack_of
from tests.pages import PAGES

FLOWS = [
    Flow("udp", ("192.0.2.1", 5060), ("192.0.2.9", 5070)),
    Flow("tcp", ("192.0.2.1", 5062), ("192.0.2.9", 6000)),
]


def test_a_name_is_a_word_for_scenario_files() -> None:
    for name, rule in RULES.items():
        assert rule.name == name
        assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", name)
        assert rule.about[0].isupper()
        assert not rule.about.endswith(".")
        assert rule.sections
        assert all(re.fullmatch(r"RFC \d+ \d+(\.\d+)*", section) for section in rule.sections)
        assert re.fullmatch(r"([a-z-]+)?", rule.word)


def test_the_words_of_an_outcome() -> None:
    assert words(RULES["retry-after"]) == {
        "correct": "correct",
        "wrong": "wrong",
        "not seen": "not seen",
        "not-seen": "not seen",
        "honoured": "correct",
    }
    assert "honoured" not in words(RULES["ack"])


def test_the_documentation_has_the_table() -> None:
    page = PAGES["docs/verdicts.md"]
    headings = ("verdict", "for `correct` also", "what the caller has to do", "across calls")
    assert page.table(*headings, "where it is written") == [
        (
            f"`{rule.name}`",
            f"`{rule.word}`" if rule.word else "",
            f"{rule.about}.",
            "yes" if rule.across else "",
            ", ".join(rule.sections),
        )
        for rule in RULES.values()
    ]
    assert page.table("outcome", "meaning") == [
        (f"`{outcome}`", meaning) for outcome, meaning in OUTCOMES.items()
    ]


def test_a_good_call_is_judged_by_every_rule_and_wrong_in_none() -> None:
    alice = caller()
    alice.call("401-200", body=OFFER)
    alice.ack()
    headers = login(alice, alice.uri("401-200"))
    alice.send(alice.request("INVITE", alice.uri("401-200"), headers, OFFER))
    alice.ack(headers)
    alice.advance(5.0)
    alice.bye()
    alice.advance(60.0)
    for number in (1, 2):
        verdicts = judge(evidence(alice, number, ALICE))
        assert list(verdicts) == list(RULES)
        assert [each.sentence() for each in verdicts.values() if each.faults] == []
    assert verdicts["bye"].outcome == verdicts["ack"].outcome == "correct"
    assert judge(evidence(alice))["challenge"].outcome == "correct"


def test_an_evicted_record_shows_nothing() -> None:
    alice = caller()
    alice.call("486")
    (record,) = stack_of(alice).journal.records
    record.evict()
    assert {each.outcome for each in judge(evidence(alice)).values()} == {"not seen"}


def _seeds() -> list[bytes]:
    """Return every message of some calls, in both directions."""
    alice = caller()
    alice.call("401-302", {"Record-Route": "<sip:a.example;lr>"})
    alice.ack()
    alice.send(alice.request("INVITE", alice.uri("401-302"), login(alice, alice.uri("401-302"))))
    alice.ack()
    for dialled in ("sip:503@192.0.2.1;retry-after=9", "420", "423", "422", "603", "000"):
        alice.call(dialled)
    alice.ring()
    alice.cancel()
    alice.call("200", {"Record-Route": ["<sip:a.example;lr>", "<sip:b.example>"]})
    alice.ack()
    for method in ("INVITE", "UPDATE", "BYE"):
        alice.inside(method)
    timer = b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h\r\nCSeq: 1 INVITE\r\nx: 90;refresher="
    journal = stack_of(alice).journal
    found = [entry.data for record in journal.records for entry in record.entries]
    return [*dict.fromkeys(found), timer + b"uac\r\n\r\n", timer + b"uas\r\n\r\n"]


SEEDS = _seeds()
MORSELS = [b"\r\n", b",", b";", b'"', b"<", b">", b"\0", b"\xff", b"9" * 30, b"-1", b": ", b" "]
MORSELS += [b";tag=", b"z9hG4bK", b"\r\nVia: ", b"\r\nCSeq: 1", b"SIP/2.0 ", b"Digest "]


@st.composite
def _message(draw: st.DrawFn) -> bytes:
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        cut = draw(st.integers(0, 12))
        data = data[:at] + draw(st.sampled_from([b"", *MORSELS])) + data[at + cut :]
    return data


_KIND = st.sampled_from(["received", "received again", "sent", "sent again", "note", "odd"])
_ENTRY = st.tuples(st.floats(0, 100), _KIND, _message(), st.sampled_from(FLOWS))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(_ENTRY, min_size=1, max_size=8), min_size=1, max_size=4))
def test_no_bytes_make_a_rule_raise(
    calls: list[list[tuple[float, str, bytes, Flow]]],
) -> None:
    journal = Journal()
    for entries in calls:
        record = journal.open("INVITE", entries[0][0])
        _, _, first, record.flow = entries[0]
        record.request = parse(first)
        for at, kind, data, flow in entries:
            _keep(record, at, kind, data, flow)
    attempts = Attempts(journal.records, journal.strays)
    for record in journal.records:
        for verdict in judge(Evidence(record, attempts, now=200.0, users=ALICE)).values():
            assert isinstance(verdict.sentence(), str)
            assert verdict.outcome in words(RULES[verdict.name]).values()


def _keep(record: Record, at: float, kind: str, data: bytes, flow: Flow) -> None:
    if kind.startswith("received"):
        record.received(at, data, kind.endswith("again"), flow)
    elif kind.startswith("sent"):
        record.sent(at, data, kind.endswith("again"), flow)
    else:
        record.note(at, kind)
