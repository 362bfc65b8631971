"""RTP without sockets."""

import pytest

from responder.media.rtp import Packet
from responder.testing.media import FIRST, VirtualPorts
from tests.media.streams import Scene


def test_ports_are_even_and_given_back() -> None:
    scene = Scene()
    second = scene.ports.open("192.0.2.1", scene.stream, scene.now)
    assert scene.ports.in_use == [FIRST, FIRST + 2]
    scene.port.close(scene.now)
    assert scene.ports.in_use == [FIRST + 2]
    assert second is not None
    assert (scene.port.closed, second.closed) == (True, False)


def test_there_are_no_more_than_asked_for() -> None:
    scene = Scene()
    ports = VirtualPorts(most=1)
    assert ports.open("192.0.2.1", scene.stream, 0.0) is not None
    assert ports.open("192.0.2.1", scene.stream, 0.0) is None


def test_the_clock_is_that_of_a_network() -> None:
    with pytest.raises(AssertionError):
        VirtualPorts().advance(1.0)


def test_a_talker_hears_what_is_sent_to_it_and_nothing_else() -> None:
    scene = Scene()
    scene.alice.say(b"one")
    scene.port.send(bytearray(Packet(0, 1, 2, 3, b"other").to_bytes()), 17, ("192.0.2.77", 1))
    scene.alice.report()
    assert [packet.payload for packet in scene.alice.heard()] == [b"one"]
    assert len(scene.alice.reports()) == 1


def test_time_passes_for_network_and_streams_alike() -> None:
    scene = Scene()
    before = scene.now
    scene.talk(5)
    assert scene.now == pytest.approx(before + 0.1)
    assert [sent.at for sent in scene.port.sent][-1] == pytest.approx(before + 0.08)
