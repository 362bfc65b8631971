"""Ladders in SVG: what is seen, what is said, and that nothing from the wire becomes markup."""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from responder.journal.record import Record
from responder.report.svg import NARROWEST, STYLE, svg
from tests.report.records import ACK, INVITE, busy, response

SVG = "{http://www.w3.org/2000/svg}"


def drawn(record: Record, name: str = "ladder", links: str = "") -> Element:
    text = svg(record, "alice", "here", ours="right", name=name, links=links)
    return ElementTree.fromstring(text)


def texts(element: Element, kind: str) -> list[str]:
    found = [each for each in element.iter(f"{SVG}text") if each.get("class") == kind]
    return ["".join(each.itertext()) for each in found]


def rungs(element: Element) -> list[Element]:
    return [each for each in element.iter(f"{SVG}g") if each.get("role") == "listitem"]


def test_a_call_as_it_is_read_aloud() -> None:
    assert [rung.get("aria-label") for rung in rungs(drawn(busy()))] == [
        "0.000 seconds: sent INVITE sip:486@192.0.2.9, SDP",
        "0.500 seconds: sent INVITE sip:486@192.0.2.9, SDP, again",
        "0.510 seconds: received 100 Trying",
        "0.700 seconds: received 486 Busy Here",
        "0.700 seconds: sent ACK",
        "1.200 seconds: received 486 Busy Here, again",
        "1.300 seconds: the far end is busy",
    ]


def test_a_call_as_it_is_seen() -> None:
    ladder = drawn(busy())
    assert texts(ladder, "end") == ["alice", "here"]
    assert texts(ladder, "label") == [
        "INVITE sip:486@192.0.2.9 (SDP)",
        "INVITE sip:486@192.0.2.9 (SDP, again)",
        "100 Trying",
        "486 Busy Here",
        "ACK",
        "486 Busy Here (again)",
    ]
    assert texts(ladder, "offset") == [
        "0.000",
        "0.500",
        "0.510",
        "0.700",
        "0.700",
        "1.200",
        "1.300",
    ]
    assert texts(ladder, "gap") == ["+0.500", "+0.010", "+0.190", "+0.500", "+0.100"]


def test_colours_and_dashes() -> None:
    classes = [rung.get("class") for rung in rungs(drawn(busy()))]
    assert classes == [
        "rung request",
        "rung request again",
        "rung provisional",
        "rung failure",
        "rung request",
        "rung failure again",
        "rung note",
    ]
    for kind in ("request", "provisional", "success", "redirect", "failure", "note", "fault"):
        assert f".ladder .{kind}" in STYLE


def test_arrows_point_from_who_sent_to_who_received() -> None:
    ours_right, ours_left = (
        [line.get("x1") for line in ElementTree.fromstring(text).iter(f"{SVG}line")][2:]
        for text in (
            svg(busy(), "a", "b", ours="right"),
            svg(busy(), "a", "b", ours="left"),
        )
    )
    left, right = "144", "744"
    assert ours_left == [left, left, right, right, left, right]
    assert ours_right == [right, right, left, left, right, left]


def test_title_and_description() -> None:
    record = busy()
    record.caller, record.target = "alice", "486"
    ladder = drawn(record, name="call-7")
    assert ladder.get("aria-labelledby") == "call-7-title"
    assert ladder.get("aria-describedby") == "call-7-about"
    title, about = ladder.find(f"{SVG}title"), ladder.find(f"{SVG}desc")
    assert title is not None
    assert about is not None
    assert (title.get("id"), title.text) == ("call-7-title", "INVITE 486 from alice")
    assert (about.get("id"), about.text) == (
        "call-7-about",
        "6 messages between alice and here in 1.300 seconds, 2 of them retransmissions.",
    )


def test_pointing_at_a_message_shows_it_whole() -> None:
    whole = [rung.find(f"{SVG}title") for rung in rungs(drawn(busy()))]
    assert whole[4] is not None
    assert whole[4].text == ACK.decode().replace("\r\n", "\n")


def test_on_a_page_with_the_messages_it_links_to_them() -> None:
    ladder = drawn(busy(), links="m1-")
    assert [link.get("href") for link in ladder.iter(f"{SVG}a")] == [
        f"#m1-{number}" for number in range(6)
    ]
    assert all(rung.find(f"{SVG}title") is None for rung in rungs(ladder))


def test_the_style_can_be_the_pages() -> None:
    assert f"<style>{STYLE}</style>" in svg(busy(), "a", "b")
    assert "<style" not in svg(busy(), "a", "b", style=False)


def test_faults_are_marked_and_long_remarks_take_several_lines() -> None:
    record = Record(1, 0.0, "INVITE")
    record.fault(0.0, "dropped 486")
    record.note(0.0, "many words " * 20)
    fault, note = rungs(drawn(record))
    assert "".join(fault.itertext()).split() == ["0.000", "✗", "dropped", "486"]
    assert fault.get("class") == "rung fault"
    lines = [each.text or "" for each in note.iter(f"{SVG}text")][1:]
    assert [line[:6] for line in lines] == ["· many", "  many", "  many"]


def test_a_record_without_entries_is_two_ends() -> None:
    assert rungs(drawn(Record(1, 0.0, "INVITE"))) == []


@pytest.mark.parametrize("reason", [b"x" * 300, "電話中".encode() * 40, b""], ids=len)
def test_labels_stay_between_the_ends(reason: bytes) -> None:
    record = Record(1, 0.0, "INVITE")
    record.received(0.0, response(486, reason), True)
    ladder = ElementTree.fromstring(svg(record, "x" * 300, "y" * 300))
    assert cell_len(texts(ladder, "label")[0]) * 7.25 < 744 - 144
    assert sum(cell_len(end) for end in texts(ladder, "end")) * 7.25 < 744 - 144


NASTY = b"</title></svg><script>alert(1)</script>\"' onload=x \x00\x1b\xff &amp; ]]>"


def test_nothing_from_the_wire_becomes_markup() -> None:
    record = Record(1, 0.0, "INVITE")
    record.caller = record.target = record.method = NASTY.decode("latin-1")
    record.received(0.0, response(486, NASTY, NASTY), False)
    record.received(0.0, b"%b sip:%b SIP/2.0\r\n\r\n" % (NASTY, NASTY), False)
    record.note(0.0, NASTY.decode("latin-1"))
    ladder = ElementTree.fromstring(svg(record, NASTY.decode("latin-1"), "b"))
    known = {"svg", "title", "desc", "style", "line", "text", "g", "rect", "path"}
    assert {element.tag.removeprefix(SVG) for element in ladder.iter()} == known
    assert not any("onload" in element.attrib for element in ladder.iter())


@given(st.lists(st.binary(max_size=60)))
def test_any_bytes_make_well_formed_xml(messages: list[bytes]) -> None:
    record = Record(1, 0.0, "INVITE")
    record.received(0.0, INVITE, False)
    for data in messages:
        record.received(0.0, data, False)
        record.note(0.0, data.decode("latin-1"))
    assert len(rungs(drawn(record))) == 1 + 2 * len(messages)


@pytest.mark.parametrize("width", [0, NARROWEST, 500, 1900])
def test_as_wide_as_it_is_wanted(width: int) -> None:
    record = busy()
    record.note(101.4, "a remark that is longer than the room between two narrow lines " * 3)
    ladder = ElementTree.fromstring(svg(record, "alice" * 9, "here" * 9, width=width))
    wide = max(width, NARROWEST)
    assert ladder.get("width") == str(wide)
    assert {float(each.get("x2", "")) for each in ladder if each.get("class") == "life"} == {
        144,
        wide - 16,
    }
    for text in ladder.iter(f"{SVG}text"):
        at, length = float(text.get("x", "")), cell_len("".join(text.itertext())) * 7.25
        left = at - length if text.get("text-anchor") == "end" else at
        assert left >= -1
        assert left + length <= wide
