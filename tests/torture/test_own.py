"""Each message of the corpus as a datagram, and as a stream cut in every way."""

import pytest

from responder.sip.message import parse
from responder.stack import Stack
from tests.torture.corpus import Hazard, load
from tests.torture.replay import OPTIONS_BEHIND, Replayed, left_over, replay
from tests.torture.verdict import judge

CORPUS = load()
DATAGRAMS = [each for each in CORPUS if each.udp is not None]
STREAMS = [each for each in CORPUS if each.tcp is not None]


def _name(hazard: Hazard) -> str:
    return hazard.name


def _cases(hazards: list[Hazard]) -> list[object]:
    """Mark each hazard with the behaviours that it shows."""
    return [
        pytest.param(each, id=each.name, marks=[pytest.mark.row(*each.rows)] if each.rows else [])
        for each in hazards
    ]


def _replay(stack: Stack, hazard: Hazard, transport: str, pieces: list[bytes]) -> Replayed:
    replayed = replay(stack, transport, pieces, ipv6=hazard.section.startswith("RFC 5118"))
    judge(hazard, transport, replayed)
    assert left_over(stack) == {}
    assert stack.next_deadline() is None
    return replayed


@pytest.mark.parametrize("hazard", _cases(DATAGRAMS))
def test_in_a_datagram(hazard: Hazard, stack: Stack) -> None:
    """A message gets the answer it should, once, and leaves nothing behind."""
    _replay(stack, hazard, "udp", [hazard.data])


@pytest.mark.row("FRM-01")
@pytest.mark.parametrize("hazard", [each for each in DATAGRAMS if each.framed], ids=_name)
def test_in_a_datagram_with_bytes_behind_it(hazard: Hazard, stack: Stack) -> None:
    """What follows the body in a datagram is noise, even if it looks like a request."""
    replayed = _replay(stack, hazard, "udp", [hazard.data + OPTIONS_BEHIND])
    assert replayed.behind == []


@pytest.mark.parametrize("hazard", _cases(STREAMS))
def test_on_a_stream_whole(hazard: Hazard, stack: Stack) -> None:
    """A stream is closed where its framing is lost, and otherwise lives on."""
    replayed = _replay(stack, hazard, "tcp", [hazard.data])
    assert replayed.closed == hazard.closes


@pytest.mark.row("FRM-04")
@pytest.mark.parametrize("hazard", STREAMS, ids=_name)
def test_on_a_stream_byte_by_byte(hazard: Hazard, stack: Stack) -> None:
    """How the bytes of a message are cut makes no difference."""
    pieces = [hazard.data[at : at + 1] for at in range(len(hazard.data))]
    replayed = _replay(stack, hazard, "tcp", pieces)
    assert replayed.closed == hazard.closes


@pytest.mark.row("FRM-04")
@pytest.mark.parametrize("hazard", STREAMS, ids=_name)
def test_on_a_stream_with_a_request_behind_it(hazard: Hazard, stack: Stack) -> None:
    """The next request of a stream is answered, unless nobody can know where it begins."""
    replayed = _replay(stack, hazard, "tcp", [hazard.data + OPTIONS_BEHIND])
    assert [parse(each).status for each in replayed.behind] == ([200] if hazard.framed else [])


@pytest.mark.row("SYN-20")
@pytest.mark.parametrize("hazard", [each for each in CORPUS if each.response], ids=_name)
def test_a_response_that_answers_nothing_is_recorded(hazard: Hazard, stack: Stack) -> None:
    """A response that matches no request of ours is dropped, and kept for people to see."""
    _replay(stack, hazard, "udp", [hazard.data])
    assert [stray.data for stray in stack.journal.strays] == [hazard.data]
