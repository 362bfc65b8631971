"""One RTP stream: echo, sounds, who it is heard from, and its reports."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.media import rtcp
from responder.media.codecs import PCMA
from responder.media.rtp import HEADER, LARGEST, Packet, read_packet
from responder.media.stream import BUFFER, REPORTS
from responder.testing.media import Talker
from tests.media.streams import EPOCH, Scene, agreed


def sources(scene: Scene) -> set[int]:
    return {packet.ssrc for packet in scene.alice.heard()}


# The echo.


def test_what_comes_goes_back_with_a_source_of_our_own() -> None:
    """Numbers and time stamps stay, so that whoever listens sees what was lost on the way here."""
    scene = Scene()
    scene.alice.say(b"one")
    scene.alice.skip()
    scene.alice.say(b"three", marker=True)
    first, second = scene.alice.heard()
    assert first == Packet(0, 100, 8_000, scene.stream.ssrc, b"one")
    assert second == Packet(0, 102, 8_320, scene.stream.ssrc, b"three", marker=True)
    assert scene.stream.ssrc != scene.alice.ssrc
    assert (scene.stream.sent, scene.stream.sent_octets) == (2, 8)


def test_a_key_goes_back_too_and_is_noted() -> None:
    scene = Scene()
    keys = Talker(scene.port, payload_type=101)
    keys.say(bytes((5, 0x0A, 0, 160)))
    assert [packet.payload_type for packet in keys.heard()] == [101]
    assert scene.stream.pressed == "5"
    assert scene.stream.reception is not None
    assert scene.stream.reception.jitter == 0.0


def test_contributing_sources_go_back_as_they_came() -> None:
    scene = Scene()
    data = HEADER.pack(0x81, 0, 1, 2, 3) + b"abcd" + b"sound"
    scene.port.receive(data, scene.alice.remote)
    [sent] = scene.port.sent
    assert sent.data == data[:8] + scene.stream.ssrc.to_bytes(4, "big") + b"abcd" + b"sound"


@pytest.mark.parametrize("sends", [True, False])
def test_nothing_goes_back_where_nothing_may_be_sent(sends: bool) -> None:
    scene = Scene(agreed(sends=sends))
    scene.talk(3)
    assert len(scene.alice.heard()) == (3 if sends else 0)
    assert scene.stream.totals.packets == 3


def test_silence_is_kept_where_nothing_is_to_be_heard() -> None:
    scene = Scene()
    scene.stream.play()
    scene.talk(3)
    assert scene.alice.heard() == []
    assert scene.stream.totals.packets == 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80" + bytes(10),
        b"\x40" + bytes(20),
        HEADER.pack(0x8F, 0, 1, 2, 3),
        HEADER.pack(0x80, 0, 1, 2, 3) + bytes(LARGEST),
    ],
    ids=["empty", "short", "version", "sources", "too-large"],
)
def test_what_is_no_packet_is_counted_and_not_answered(data: bytes) -> None:
    scene = Scene()
    scene.port.receive(data, scene.alice.remote)
    assert scene.port.sent == []
    assert (scene.stream.malformed, scene.stream.source) == (1, None)


def test_a_payload_type_that_was_not_agreed_on_is_counted_and_not_answered() -> None:
    scene = Scene()
    Talker(scene.port, payload_type=13).say()
    assert scene.port.sent == []
    assert (scene.stream.unknown, scene.stream.source) == (1, None)
    assert scene.stream.payload_types == {13}


@given(st.binary(max_size=200), st.booleans(), st.booleans())
def test_no_bytes_raise(data: bytes, control: bool, mux: bool) -> None:
    scene = Scene(agreed(mux=mux))
    scene.port.receive(data, ("192.0.2.9", 4000), control=control)
    assert len(scene.port.sent) <= 1


# Where the other side is.


def test_nothing_is_sent_before_something_came() -> None:
    scene = Scene()
    scene.play(b"a")
    scene.ports.advance(1.0)
    assert scene.port.sent == []
    scene.alice.say()
    scene.ports.advance(0.02)
    assert [sent.destination for sent in scene.port.sent] == [scene.alice.remote]


def test_a_packet_from_elsewhere_is_counted_and_not_answered() -> None:
    scene = Scene()
    scene.talk(2)
    mallory = Talker(scene.port, ("198.51.100.1", 666))
    mallory.say()
    assert mallory.heard() == []
    assert scene.stream.strangers == 1
    assert scene.stream.source == scene.alice.remote
    assert scene.stream.totals.packets == 2


def test_the_source_may_change_if_its_packets_go_on() -> None:
    """A NAT that forgot its mapping: same SSRC, next sequence numbers."""
    scene = Scene()
    scene.talk(2)
    scene.alice.skip(3)
    scene.alice.remote = ("192.0.2.9", 55_555)
    scene.alice.say()
    assert scene.stream.source == ("192.0.2.9", 55_555)
    assert len(scene.alice.heard()) == 1
    assert (scene.stream.moves, scene.stream.strangers) == (1, 0)


def test_the_same_source_identifier_is_not_enough() -> None:
    scene = Scene()
    scene.talk(2)
    mallory = Talker(scene.port, ("198.51.100.1", 666))
    mallory.ssrc, mallory.sequence = scene.alice.ssrc, 9_999
    mallory.say()
    assert (scene.stream.moves, scene.stream.strangers) == (0, 1)


def test_a_new_agreement_lets_the_other_side_move_once() -> None:
    scene = Scene()
    scene.talk(2)
    scene.stream.agree(agreed(), scene.now)
    moved, mallory = (Talker(scene.port, ("192.0.2.9", port)) for port in (41_000, 42_000))
    moved.ssrc, mallory.ssrc = 5, 6
    moved.say()
    mallory.say()
    assert len(moved.heard()) == 1
    assert mallory.heard() == []
    assert (scene.stream.moves, scene.stream.strangers, scene.stream.ssrc_changes) == (1, 1, 1)


def test_another_ssrc_is_counted_anew() -> None:
    scene = Scene()
    scene.talk(3)
    scene.alice.skip()
    scene.talk(1)
    scene.alice.ssrc, scene.alice.sequence = 77, 40_000
    scene.talk(3)
    assert scene.stream.ssrc_changes == 1
    assert (scene.stream.totals.packets, scene.stream.totals.lost) == (7, 1)


def test_who_may_not_come_in_is_counted() -> None:
    scene = Scene()
    scene.stream.refuse()
    assert scene.stream.strangers == 1


# When it came.


def test_the_first_packet_is_timed_from_the_answer() -> None:
    scene = Scene()
    scene.ports.advance(0.25)
    scene.talk(2)
    assert scene.stream.first_at == scene.stream.began + 0.25
    assert scene.stream.last_at == pytest.approx(scene.stream.began + 0.27)


def test_jitter_is_of_the_times_between_packets() -> None:
    scene = Scene()
    scene.talk(20)
    assert scene.stream.reception is not None
    assert scene.stream.reception.jitter == pytest.approx(0.0, abs=0.01)
    scene.talk(20, every=0.03)
    assert scene.stream.reception.jitter > 40


# Sounds.


def test_a_sound_is_sent_every_20_ms_over_and_over() -> None:
    scene = Scene()
    scene.play(b"a" * 160, b"b" * 160, b"c" * 160)
    scene.alice.say()
    start = scene.now
    scene.ports.advance(0.1)
    heard = scene.alice.heard()
    assert [packet.payload[:1] for packet in heard] == [b"a", b"b", b"c", b"a", b"b"]
    assert [packet.marker for packet in heard] == [True, False, False, False, False]
    numbers = [packet.sequence - heard[0].sequence for packet in heard]
    stamps = [packet.timestamp - heard[0].timestamp for packet in heard]
    assert numbers == [0, 1, 2, 3, 4]
    assert stamps == [0, 160, 320, 480, 640]
    assert sources(scene) == {scene.stream.ssrc}
    times = [round(sent.at - start, 6) for sent in scene.port.sent]
    assert times == [0.02, 0.04, 0.06, 0.08, 0.1]


def test_time_goes_on_while_a_sound_may_not_be_sent() -> None:
    """On hold nothing leaves; then the time stamps tell how long that was (RFC 3550 5.1)."""
    scene = Scene()
    scene.play(b"a")
    scene.alice.say()
    scene.ports.advance(0.04)
    scene.stream.agree(agreed(sends=False), scene.now)
    scene.ports.advance(1.0)
    scene.stream.agree(agreed(), scene.now)
    scene.ports.advance(0.02)
    _, last, resumed = scene.alice.heard()
    assert resumed.marker
    assert resumed.sequence == last.sequence + 1
    assert resumed.timestamp == last.timestamp + 160 * 51


def test_another_kind_of_sound_has_another_source() -> None:
    """Our numbers are the other side's while we echo: what follows must not look like loss."""
    scene = Scene()
    scene.talk(2)
    before = scene.stream.ssrc
    scene.play(b"a")
    scene.ports.advance(0.02)
    assert sources(scene) == {before, scene.stream.ssrc}
    assert before != scene.stream.ssrc


def test_the_same_sound_goes_on_where_it_was() -> None:
    scene = Scene()
    scene.play(b"a", b"b")
    scene.alice.say()
    scene.ports.advance(0.02)
    scene.play(b"a", b"b")
    scene.ports.advance(0.02)
    assert [packet.payload for packet in scene.alice.heard()] == [b"a", b"b"]


def test_another_codec_has_another_source() -> None:
    scene = Scene()
    scene.play(b"a")
    scene.alice.say()
    scene.ports.advance(0.02)
    scene.stream.agree(replace(agreed(), codec=PCMA, payload_type=8), scene.now)
    scene.ports.advance(0.02)
    first, second = scene.alice.heard()
    assert (first.payload_type, second.payload_type) == (0, 8)
    assert first.ssrc != second.ssrc


# Reports.


def test_a_report_is_answered_at_once() -> None:
    scene = Scene()
    scene.talk(4)
    scene.alice.skip(2)
    scene.talk(2)
    scene.alice.report()
    [report] = scene.alice.reports()
    assert isinstance(report, rtcp.Report)
    assert report.ssrc == scene.stream.ssrc
    [block] = report.blocks
    assert (block.ssrc, block.lost, block.highest) == (scene.alice.ssrc, 2, 107)
    assert block.fraction == 256 * 2 // 8
    assert report.sender is not None
    assert (report.sender.packets, report.sender.octets) == (6, 960)
    assert report.sender.ntp == rtcp.ntp_time(EPOCH + scene.now)
    # 20 ms after the last packet that went back
    assert report.sender.timestamp == scene.alice.timestamp
    assert scene.stream.reports_sent == 1


def test_who_sent_nothing_since_its_last_report_sends_a_receiver_report() -> None:
    scene = Scene()
    scene.alice.report()
    scene.talk(1)
    scene.ports.advance(2.0)
    scene.alice.report()
    scene.ports.advance(2.0)
    scene.alice.report()
    silent, sent, quiet = scene.alice.reports()
    assert isinstance(silent, rtcp.Report)
    assert isinstance(sent, rtcp.Report)
    assert isinstance(quiet, rtcp.Report)
    assert (silent.sender, silent.blocks, quiet.sender) == (None, (), None)
    assert sent.sender is not None


def test_reports_go_on_every_five_seconds_once_the_other_side_has_sent_one() -> None:
    scene = Scene()
    scene.talk(1)
    scene.ports.advance(20.0)
    assert scene.alice.reports() == []
    scene.alice.report()
    scene.ports.advance(3 * REPORTS + 1.0)
    assert len(scene.alice.reports()) == 4


def test_reports_that_come_fast_are_not_all_answered() -> None:
    """Two endpoints that answer each report at once must not keep each other busy."""
    scene = Scene()
    for _ in range(10):
        scene.alice.report()
        scene.ports.advance(0.1)
    assert scene.stream.reports == 10
    assert len(scene.alice.reports()) == 1


def test_the_time_since_their_report_is_told() -> None:
    """LSR and DLSR (RFC 3550 section 6.4.1), from which they take the round trip."""
    scene = Scene()
    scene.talk(1)
    sender = rtcp.Sender(0x1234_5678_9ABC_DEF0, 0, 1, 160)
    scene.alice.report(rtcp.Report(scene.alice.ssrc, sender, ()))
    scene.ports.advance(REPORTS + 1.0)
    first, later = scene.alice.reports()
    assert isinstance(first, rtcp.Report)
    assert isinstance(later, rtcp.Report)
    assert (first.blocks[0].last, first.blocks[0].delay) == (0x5678_9ABC, 0)
    assert later.blocks[0].delay == pytest.approx(65_536 * REPORTS, abs=65_536)


def test_what_they_say_of_ours_is_kept() -> None:
    scene = Scene()
    scene.talk(1)
    ours = rtcp.Block(scene.stream.ssrc, 0, 5, 0, 80)
    other = rtcp.Block(1, 0, 99, 0, 0)
    scene.alice.report(rtcp.Report(scene.alice.ssrc, None, (other, ours)))
    assert scene.stream.heard == ours


def test_who_is_gone_gets_no_report_any_more() -> None:
    scene = Scene()
    scene.talk(1)
    scene.alice.report()
    scene.ports.advance(2.0)
    scene.alice.report(rtcp.Goodbye((scene.alice.ssrc,)))
    assert scene.stream.left
    scene.ports.advance(30.0)
    assert len(scene.alice.reports()) == 1


def test_the_end_is_told_where_reports_were_heard() -> None:
    scene = Scene()
    scene.port.close(scene.now)
    assert scene.port.sent == []
    other = Scene()
    other.alice.report()
    other.port.close(other.now)
    *_, report, goodbye = other.alice.reports()
    assert isinstance(report, rtcp.Report)
    assert goodbye == rtcp.Goodbye((other.stream.ssrc,))


def test_reports_from_elsewhere_are_not_answered() -> None:
    scene = Scene()
    scene.talk(1)
    mallory = Talker(scene.port, ("198.51.100.1", 666))
    mallory.ssrc = 5
    mallory.report()
    assert mallory.reports() == []
    scene.alice.report()
    mallory.remote = ("192.0.2.9", 666)
    mallory.report()
    assert scene.stream.strangers == 2
    assert len([sent for sent in scene.port.sent if sent.control]) == 1


def test_reports_that_name_the_source_of_the_stream_may_move() -> None:
    scene = Scene()
    scene.talk(1)
    scene.alice.report()
    scene.ports.advance(2.0)
    scene.alice.remote = ("192.0.2.9", 50_000)
    scene.alice.report()
    assert scene.port.sent[-1].destination == ("192.0.2.9", 50_001)


@pytest.mark.parametrize("data", [b"", b"\x80\xc9\x00\x01", bytes(LARGEST + 1)])
def test_what_is_no_report_is_counted(data: bytes) -> None:
    scene = Scene()
    scene.port.receive(data, scene.alice.remote, control=True)
    assert (scene.stream.malformed, scene.port.sent) == (1, [])


def test_reports_may_share_the_port_of_the_stream() -> None:
    """RFC 5761; the answer leaves from that port as well."""
    scene = Scene(agreed(mux=True))
    scene.talk(1)
    scene.port.receive(rtcp.Report(scene.alice.ssrc, None, ()).to_bytes(), scene.alice.remote)
    sent = scene.port.sent[-1]
    assert (sent.destination, sent.control) == (scene.alice.remote, False)
    reports = rtcp.read(sent.data)
    assert reports is not None
    assert isinstance(reports[0], rtcp.Report)


def test_without_agreement_a_report_on_the_port_of_the_stream_is_unknown() -> None:
    scene = Scene()
    report = rtcp.Report(1, None, (rtcp.Block(2, 0, 0, 0, 0),))
    scene.port.receive(report.to_bytes(), scene.alice.remote)
    assert (scene.stream.unknown, scene.port.sent) == (1, [])


def test_a_frame_is_written_into_the_buffer() -> None:
    scene = Scene()
    buffer = bytearray(BUFFER)
    assert scene.stream.frame(buffer, scene.now) == 0
    scene.alice.say()
    scene.stream.play((b"sound",))
    size = scene.stream.frame(buffer, scene.now)
    packet = read_packet(bytes(buffer[:size]))
    assert packet is not None
    assert packet.payload == b"sound"
