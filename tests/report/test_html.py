"""The page of a run: what it says, that it stands alone, and that nothing in it is obeyed."""

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from responder.journal.journal import Journal, Stray
from responder.journal.record import Record
from responder.report.html import MOST_LINKS, MOST_OPEN, html
from responder.report.outcome import Outcome
from responder.report.run import Run, run_of
from responder.sip.events import Flow
from responder.testing.network import LOCAL, REMOTE
from tests.report.records import a_run, busy

EMPTY = Run("", "", 0.0, 0.0, 0.0)
VOID = {"input", "link", "meta"}


class Page(HTMLParser):
    """A page taken apart.

    Attributes:
        tags: every element, with its attributes.
        scripts: the texts of its scripts.
        text: what a reader sees, a line for each piece.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._texts: list[str] = []
        self._within: list[str] = []
        self.feed(text)
        self.close()
        assert self._within == []
        self.text = " ".join(" ".join(self._texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._within.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._within.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._within[-1:] == ["script"]:
            self.scripts.append(data)
        elif self._within[-1:] != ["style"]:
            self._texts.append(data)

    def having(self, tag: str, name: str) -> list[str]:
        """Return the values of an attribute of all elements of one kind that have it."""
        return [attrs[name] or "" for each, attrs in self.tags if each == tag and name in attrs]


def page(run: Run) -> Page:
    return Page(html(run))


# What it says


def test_the_summary_of_a_run() -> None:
    text = page(a_run()).text
    assert "✗ 1 of 2 expectations failed." in text
    assert "began 2023-11-14 22:29:59 lasted 5.5 s calls and requests 2" in text
    assert (
        "final responses 486\N{NO-BREAK SPACE}x1, 200\N{NO-BREAK SPACE}x1".replace("\xa0", " ")
        in text
    )
    assert "retransmissions 2 strays 1" in text
    assert text.endswith("Written by sip-responder/1.0. All times are UTC.")


@pytest.mark.parametrize(
    ("held", "verdict"),
    [
        ((), "Nothing was expected of this run."),
        ((True,), "✓ The expectation held."),
        ((True, True), "✓ All 2 expectations held."),
        ((False,), "✗ 1 of 1 expectation failed."),
        ((False, True, False), "✗ 2 of 3 expectations failed."),
    ],
)
def test_the_verdict(held: tuple[bool, ...], verdict: str) -> None:
    outcomes = [Outcome(f"expectation {each}", each) for each in held]
    assert verdict in page(replace(EMPTY, outcomes=outcomes)).text


def test_each_expectation_with_its_reason_place_and_calls() -> None:
    found = page(a_run())
    assert "✓ held trunk fails over 500 ms, trunk.yaml:12 1 call call 2" in found.text
    assert (
        "✗ failed the ACK is right 3.6 s, trunk.yaml:14 wanted an ACK got none call 1 , call 2"
        in found.text
    )
    assert found.having("a", "href")[1:4] == ["#call-2", "#call-1", "#call-2"]


def test_an_expectation_of_many_calls_leads_to_the_first() -> None:
    calls = []
    for number in range(MOST_LINKS + 5):
        record = busy()
        record.number = number
        calls.append(record)
    text = page(replace(EMPTY, outcomes=[Outcome("many", True, calls=calls)])).text
    assert f"call {MOST_LINKS - 1} and 5 more" in text


def test_each_call_has_a_line_a_reason_a_ladder_and_its_messages() -> None:
    found = page(a_run())
    assert "22:30:00.000 INVITE 180-2-486 ← alice udp 180 486 [dial] 2.0 s rtx 2" in found.text
    assert (
        "Why this response: rule dial From: 192.0.2.9:5070 Call-ID: call-1@192.0.2.9" in found.text
    )
    assert "7 messages as they were 0.000 received: INVITE sip:180-2-486@192.0.2.1" in found.text
    assert "2.500 sent again: 486 Busy Here SIP/2.0 486 Busy Here Via: SIP/2.0/UDP" in found.text
    assert "✗ dropped the first 486" in found.text
    assert Counter(tag for tag, _ in found.tags)["svg"] == 2


def test_a_call_without_rule_answer_or_status() -> None:
    record = busy()
    record.statuses = []
    text = page(replace(EMPTY, records=[record])).text
    assert "silent" in text
    assert "no rule answered it" in text


def test_only_a_100_is_shown_where_there_is_nothing_else() -> None:
    record = busy()
    record.statuses, record.answered = [100], record.started + 0.0001
    assert re.search(r" 100 +<1 ms rtx 2 ", page(replace(EMPTY, records=[record])).text)


def test_every_rung_leads_to_its_message() -> None:
    found = page(a_run())
    targets = set(found.having("h4", "id"))
    links = [link for link in found.having("a", "href") if link.startswith("#m")]
    assert len(links) == len(targets) == 11
    assert {link.removeprefix("#") for link in links} == targets


def test_identifiers_are_unique() -> None:
    found = page(a_run())
    identifiers = [attrs["id"] for _, attrs in found.tags if "id" in attrs]
    assert len(identifiers) == len(set(identifiers))
    described = [attrs for _, attrs in found.tags if "aria-labelledby" in attrs]
    assert {attrs["aria-labelledby"] for attrs in described} <= set(identifiers)


def test_strays_and_counts() -> None:
    found = page(a_run()).text
    assert "22:30:03.600 from 192.0.2.9:5070 (udp): " in found
    assert "\ufffd\ufffd no SIP" in found
    assert "Counts strays 1" in found
    stray = Stray(0.0, "tcp", "192.0.2.9:5070", "unfinished", 400, b"")
    text = page(replace(EMPTY, strays=[stray])).text
    assert "(tcp, answered 400): unfinished" in text


def test_a_run_without_calls() -> None:
    text = page(EMPTY).text
    assert "No call came." in text
    assert "final responses" not in text


def test_what_was_dropped_is_said() -> None:
    journal = Journal(calls=1)
    for _ in range(3):
        journal.open("INVITE", 0.0)
    run = run_of(journal, name="x", program="", epoch=0.0, began=0.0, ended=0.0)
    text = page(run).text
    assert "calls and requests 3" in text
    assert "2 before these were dropped" in text


def test_many_statuses_are_told_by_the_most_frequent() -> None:
    records = []
    for status in (486, 486, 404, 404, 503, 503, 500, 500, 302, 302, 200, 200, 600):
        record = Record(1, 0.0, "INVITE")
        record.status = status
        records.append(record)
    assert "200 x2, … retransmissions" in page(replace(EMPTY, records=records)).text


# Which calls are open


def opened(run: Run) -> list[bool]:
    return ["open" in attrs for tag, attrs in page(run).tags if tag == "details"][::2]


def numbered(count: int) -> list[Record]:
    records = []
    for number in range(1, count + 1):
        record = busy()
        record.number = number
        records.append(record)
    return records


def test_few_calls_are_open() -> None:
    assert opened(replace(EMPTY, records=numbered(MOST_OPEN))) == [True] * MOST_OPEN


def test_of_many_calls_those_of_failures_are_open() -> None:
    records = numbered(10)
    outcomes = [
        Outcome("held", True, calls=records[:1]),
        Outcome("failed", False, calls=records[4:6]),
        Outcome("failed too", False, calls=records[6:]),
    ]
    found = opened(replace(EMPTY, records=records, outcomes=outcomes))
    assert [number for number, each in enumerate(found) if each] == [4, 5, 6]


# That it stands alone, and obeys nobody


def test_it_loads_nothing_from_elsewhere() -> None:
    text = html(a_run())
    found = Page(text)
    for _, attrs in found.tags:
        assert "src" not in attrs
        assert (attrs.get("href") or "#").startswith(("#", "data:,"))
    assert "url(" not in text
    assert "@import" not in text


def test_only_its_own_script_may_run() -> None:
    found = page(a_run())
    (script,) = found.scripts
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = [each for each in found.having("meta", "content") if "default-src" in each]
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy
    assert not any(name.startswith("on") for _, attrs in found.tags for name in attrs)


NASTY = "</pre></script></style><script>alert(1)</script><img src=x onerror=alert(1)>\"'{{ 7*7 }}"


def test_script_in_every_place_that_a_peer_fills_is_shown_and_not_obeyed() -> None:
    data = (
        f"INVITE sip:{NASTY} SIP/2.0\r\nVia: {NASTY}\r\nFrom: {NASTY}\r\nTo: {NASTY}\r\n"
        f"Call-ID: {NASTY}\r\nCSeq: 1 {NASTY}\r\nContact: {NASTY}\r\nUser-Agent: {NASTY}\r\n"
        f"Subject: {NASTY}\r\nX-{NASTY}: {NASTY}\r\n\r\n{NASTY}"
    )
    record = Record(1, 0.0, NASTY)
    record.caller = record.target = record.call_id = record.source = record.rule = NASTY
    record.flow = Flow("udp", LOCAL, REMOTE)
    record.received(0.0, data.encode(), False)
    record.sent(0.0, f"SIP/2.0 486 {NASTY}\r\nCSeq: 1 {NASTY}\r\n\r\n".encode(), False)
    record.fault(0.0, NASTY)
    run = replace(
        EMPTY,
        name=NASTY,
        program=NASTY,
        records=[record],
        strays=[Stray(0.0, "udp", NASTY, NASTY, 0, data.encode())],
        counts={NASTY: 1},
        outcomes=[Outcome(NASTY, False, NASTY, calls=[record], file=NASTY)],
    )
    found = page(run)
    harmless = page(a_run())
    assert {tag for tag, _ in found.tags} <= {tag for tag, _ in harmless.tags}
    assert found.scripts == harmless.scripts
    assert not any(name.startswith("on") for _, attrs in found.tags for name in attrs)
    assert found.text.count("<script>alert(1)</script>") > 25
    assert "{{ 7*7 }}" in found.text


def test_what_html_cannot_carry_is_replaced() -> None:
    record = Record(1, 0.0, "INVITE")
    record.received(0.0, b"INVITE sip:x SIP/2.0\r\nSubject: \0\x1b\xff\r\n\r\n", False)
    text = html(replace(EMPTY, records=[record]))
    assert "Subject: \ufffd\ufffd\ufffd" in text
    assert not re.search("[\0-\x08\x0b-\x1f]", text)


def test_what_the_caller_did_and_why_a_call_failed() -> None:
    run = replace(a_run(), ended=2000.0)
    run.records[0].failed = "no <ACK> within 1 s"
    run.records[1].unmatched, run.records[1].rule = True, ""
    page = Page(html(run))
    assert "The call failed: no <ACK> within 1 s" in page.text
    assert "The caller is right in: " in page.text
    assert "wrong ack: " in page.text
    assert "no rule matched it" in page.text
