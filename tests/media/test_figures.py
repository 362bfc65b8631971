import pytest

from responder.media import rtcp
from responder.media.figures import Figures, Volume
from responder.testing.media import Talker
from tests.media.streams import Scene, agreed


def test_the_figures_of_a_call_in_a_line() -> None:
    scene = Scene()
    scene.talk(250)
    assert Figures(scene.stream).line() == "audio PCMU in 250 lost 0 jitter 0.0 ms out 250"


def test_what_is_out_of_the_ordinary_is_named() -> None:
    scene = Scene()
    scene.talk(2)
    scene.alice.skip(2)
    scene.talk(2)
    scene.alice.sequence -= 1
    scene.talk(1)
    Talker(scene.port, ("198.51.100.1", 666)).say()
    Talker(scene.port, payload_type=13).say()
    keys = Talker(scene.port, payload_type=101)
    keys.sequence = scene.alice.sequence
    keys.say(bytes((10, 0x0A, 0, 160)))
    line = Figures(scene.stream).line()
    assert line.startswith("audio PCMU in 6 lost 2 jitter ")
    assert line.endswith(" duplicates 1 from elsewhere 1 of another payload type 1 out 6 keys *")


@pytest.mark.parametrize(
    ("receives", "line"),
    [
        (True, "audio PCMU in 0, though agreed on, out 0"),
        (False, "audio PCMU in 0, as agreed on, out 0"),
    ],
)
def test_a_call_without_audio_says_so(receives: bool, line: str) -> None:
    assert Figures(Scene(agreed(receives=receives)).stream).line() == line


def test_all_figures_by_name() -> None:
    scene = Scene()
    scene.ports.advance(0.1)
    scene.talk(3)
    scene.alice.report(
        rtcp.Report(scene.alice.ssrc, None, (rtcp.Block(scene.stream.ssrc, 0, 1, 0, 16),))
    )
    assert Figures(scene.stream).facts() == {
        "codec": "PCMU",
        "packets": 3,
        "bytes": 3 * 172,
        "lost": 0,
        "out_of_order": 0,
        "duplicates": 0,
        "jitter_ms": pytest.approx(0.0, abs=0.01),
        "first_packet_ms": 100.0,
        "ssrc_changes": 0,
        "source_changes": 0,
        "from_elsewhere": 0,
        "malformed": 0,
        "payload_types": [0],
        "keys": "",
        "sent_packets": 3,
        "sent_bytes": 480,
        "reports": 1,
        "peer_lost": 1,
        "peer_jitter_ms": 2.0,
    }


def test_what_is_not_known_is_none() -> None:
    facts = Figures(Scene().stream).facts()
    assert facts["first_packet_ms"] is None
    assert facts["peer_lost"] is None
    assert facts["peer_jitter_ms"] is None


def test_what_is_lost_counts_once_a_stream_is_over() -> None:
    scene = Scene()
    scene.talk(2)
    scene.alice.skip(2)
    scene.talk(1)
    volume = Volume(1, 10, 20, 30)
    assert volume.going_on([scene.stream]) == Volume(2, 13, 23, 30)
    volume.add(scene.stream)
    assert volume == Volume(2, 13, 23, 32)
