"""When streams send on their own account, whatever else the process was doing meanwhile."""

from responder.media.pacer import Pacer
from responder.media.stream import Stream
from responder.testing.media import Talker
from responder.testing.tokens import counted_tokens
from tests.media.streams import Scene, agreed


def test_nothing_is_due_where_nothing_is_open() -> None:
    pacer = Pacer()
    assert pacer.next_due() is None
    pacer.expire(1000.0)
    assert pacer.next_due() is None


def test_an_echo_is_looked_at_once_a_second_for_its_reports() -> None:
    scene = Scene()
    assert scene.ports.pacer.next_due() == scene.now + 1.0
    scene.ports.pacer.expire(scene.now + 1.0)
    assert scene.ports.pacer.next_due() == scene.now + 2.0


def test_a_sound_is_due_every_20_ms() -> None:
    scene = Scene()
    scene.play(b"a")
    assert scene.ports.pacer.next_due() == scene.now + 0.02
    scene.stream.play()
    scene.port.changed(scene.now)
    assert scene.ports.pacer.next_due() == scene.now + 1.0


def test_two_sounds_are_due_at_once() -> None:
    scene = Scene()
    scene.play(b"a")
    scene.ports.advance(0.01)
    other = Stream(agreed(), counted_tokens(), scene.now)
    other.play((b"b",))
    port = scene.ports.open("192.0.2.1", other, scene.now)
    assert port is not None
    bob = Talker(port)
    for talker in (scene.alice, bob):
        talker.say()
    scene.ports.advance(0.01)
    assert [packet.payload for each in (scene.alice, bob) for packet in each.heard()] == [
        b"a",
        b"b",
    ]


def test_a_late_look_sends_what_was_missed_in_one_go_up_to_a_bound() -> None:
    scene = Scene()
    scene.play(b"a")
    scene.alice.say()
    pacer = scene.ports.pacer
    pacer.expire(scene.now + 0.065)
    assert len(scene.alice.heard()) == 3
    assert round((pacer.next_due() or 0) - scene.now, 6) == 0.08
    pacer.expire(scene.now + 10.0)
    assert len(scene.alice.heard()) == 3 + 5
    assert 10.0 < (pacer.next_due() or 0) - scene.now <= 10.02


def test_what_is_closed_sends_nothing_any_more() -> None:
    scene = Scene()
    scene.play(b"a")
    scene.alice.say()
    scene.alice.report()
    scene.port.close(scene.now)
    sent = len(scene.port.sent)
    scene.ports.advance(30.0)
    assert len(scene.port.sent) == sent
    assert scene.ports.pacer.next_due() is None
