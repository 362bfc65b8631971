"""Audio to and from programs that were not written here, captured and decoded by tshark."""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from responder.media.rtcp import GOODBYE, SENDER_REPORT
from tests import peers
from tests.audio import Samples, clearest, recording, samples_of
from tests.interop.capture import Trace, capture
from tests.interop.child import Child
from tests.interop.conftest import HERE
from tests.interop.test_baresip import modules
from tests.serving import Serve, Serving

BARESIP = """\
net_interface 127.0.0.1
sip_listen 127.0.0.1:0
rtp_ports {rtp}-{last}
audio_source aufile,{home}/tone.wav
audio_player aubridge,nil
audio_alert aubridge,alert
snd_path {home}
module_path {modules}
module g711.so
module g722.so
module opus.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp account.so
module_app menu.so
"""

ENOUGH = 3
"""Seconds of audio that baresip has to hear."""

each_codec = pytest.mark.parametrize(
    "codec", ["PCMU/8000/1", "PCMA/8000/1", "G722/16000/1", "opus/48000/2"]
)

PACKETS = 40
SIZE = 160
"""Bytes of 20 ms of PCMU."""


def test_what_sipp_plays_comes_back_byte_for_byte(
    shared: Serving, peer: Callable[[str], Path], free_port: Callable[[], int], tmp_path: Path
) -> None:
    """SIPp plays noise; each packet comes back with its number, its time stamp and its bytes."""
    sipp = peer("sipp")
    for program in ("tshark", "dumpcap"):
        peer(program)
    noise = random.Random(42).randbytes(PACKETS * SIZE)
    (tmp_path / "sound.ulaw").write_bytes(noise)
    port, media = shared.port(), free_port()
    file = tmp_path / "audio.pcapng"
    command: list[str | Path] = [sipp, f"127.0.0.1:{port}", "-sf", HERE / "sipp" / "plays.xml"]
    command += ["-s", "echo", "-m", "1", "-i", "127.0.0.1", "-p", str(free_port())]
    command += ["-mp", str(media), "-nostdin", "-timeout", "30", "-timeout_error"]
    try:
        with capture(file, port, shared.port("tcp"), f"udp port {media}"):
            peers.run(command, tmp_path, 45.0)
    except PermissionError:
        pytest.skip("this user may not capture what goes over loopback")
    trace = Trace(file, udp=port)
    packets = trace.audio()
    played = [each for each in packets if each.source == media]
    heard = [each for each in packets if each.source != media]
    assert b"".join(each.payload for each in played) == noise
    assert [(each.sequence, each.timestamp, each.payload) for each in heard] == [
        (each.sequence, each.timestamp, each.payload) for each in played
    ]
    assert len({each.ssrc for each in heard}) == 1
    assert {each.ssrc for each in heard}.isdisjoint({each.ssrc for each in played})
    assert trace.malformed() == []
    assert trace.warnings() == []


@pytest.fixture
def rtp(free_port: Callable[[], int]) -> int:
    """An even port that is free a moment ago, for the audio of a phone."""
    return next(port for port in iter(free_port, None) if port % 2 == 0)


@pytest.fixture
def baresip(
    peer: Callable[[str], Path], rtp: int, tmp_path: Path
) -> Iterator[Callable[[str, str], Child]]:
    """Start a baresip with one codec, which plays 440 Hz, records what it hears, and dials."""
    program = peer("baresip")
    home = tmp_path / "baresip"
    home.mkdir()
    config = BARESIP.format(home=home, modules=modules(), rtp=rtp, last=rtp + 2)
    (home / "config").write_text(config)
    (home / "contacts").touch()
    running: list[Child] = []

    def dial(uri: str, codec: str) -> Child:
        _, rate, channels = codec.split("/")
        (home / "tone.wav").write_bytes(recording(5.0, 440, int(rate), int(channels)))
        account = f"<sip:alice@127.0.0.1>;regint=0;audio_codecs={codec}\n"
        (home / "accounts").write_text(account)
        command: list[str | Path] = [program, "-4", "-s", "-f", home, "-t", "30"]
        command += ["-e", f"/dial {uri}"]
        running.append(Child(command, tmp_path, {**os.environ, "HOME": str(home)}))
        return running[-1]

    yield dial
    for child in running:
        with child:
            pass


def recorded(home: Path) -> Path:
    """The file in which baresip keeps what it hears."""
    return next(home.glob("dump-*-dec.wav"), home / "dec.wav")


def listen(child: Child, home: Path, codec: str) -> Samples:
    """Let a call of baresip go on for some seconds, end it, and return what was heard."""
    _, rate, channels = codec.split("/")
    size = ENOUGH * 2 * int(rate) * int(channels)
    child.wait_until(
        lambda: recorded(home).exists() and recorded(home).stat().st_size > size, "heard enough"
    )
    child.stop()
    return samples_of(recorded(home))


@each_codec
def test_baresip_hears_itself(
    shared: Serving, baresip: Callable[[str, str], Child], tmp_path: Path, codec: str
) -> None:
    """Its encoder and its decoder, with us in between."""
    phone = baresip(f"sip:echo@127.0.0.1:{shared.port()}", codec)
    samples = listen(phone, tmp_path / "baresip", codec)
    assert clearest(samples[8_000:], 440) > 0.9


def test_the_reports_of_a_call_are_as_tshark_wants_them(
    shared: Serving,
    baresip: Callable[[str, str], Child],
    peer: Callable[[str], Path],
    rtp: int,
    tmp_path: Path,
) -> None:
    """baresip reports, and says goodbye; so do we, from the port above that of the audio."""
    for program in ("tshark", "dumpcap"):
        peer(program)
    file = tmp_path / "audio.pcapng"
    port = shared.port()
    try:
        with capture(file, port, shared.port("tcp"), f"udp portrange {rtp}-{rtp + 1}"):
            phone = baresip(f"sip:echo@127.0.0.1:{port}", "PCMU/8000/1")
            listen(phone, tmp_path / "baresip", "PCMU/8000/1")
    except PermissionError:
        pytest.skip("this user may not capture what goes over loopback")
    trace = Trace(file, udp=port)
    assert len(trace.audio()) > 100
    kinds = trace.reports()
    assert kinds.count(SENDER_REPORT) >= 1
    assert kinds.count(GOODBYE) == 2, "theirs and ours"
    assert trace.malformed() == []
    assert trace.warnings() == []


TONES = """\
scenario: tones
rules:
  - match: {method: INVITE, uri.user: tone}
    respond: {status: 200, media: {tone: 700}}
  - match: {method: INVITE, uri.user: file}
    respond: {status: 200, media: {file: sounds/hello.wav}}
  - match: {method: INVITE, uri.user: early}
    respond:
      - {status: 183, media: {tone: 700}}
      - wait: 30s
"""


@pytest.fixture
def tones(serve: Serve, tmp_path: Path) -> Serving:
    """A scenario with tones of 700 Hz, one of them from a file beside it."""
    (tmp_path / "sounds").mkdir()
    (tmp_path / "sounds" / "hello.wav").write_bytes(recording(1.0, 700))
    scenario = tmp_path / "tones.yaml"
    scenario.write_text(TONES)
    return serve(str(scenario))


@each_codec
def test_baresip_hears_a_tone(
    tones: Serving, baresip: Callable[[str, str], Child], tmp_path: Path, codec: str
) -> None:
    """Our encoder and its decoder: what it records has the frequency."""
    phone = baresip(f"sip:tone@127.0.0.1:{tones.port()}", codec)
    samples = listen(phone, tmp_path / "baresip", codec)
    assert clearest(samples[8_000:], 700) > 0.9


@pytest.mark.parametrize("user", ["file", "early"])
def test_baresip_hears_a_file_and_a_tone_before_the_answer(
    tones: Serving, baresip: Callable[[str, str], Child], tmp_path: Path, user: str
) -> None:
    phone = baresip(f"sip:{user}@127.0.0.1:{tones.port()}", "PCMA/8000/1")
    samples = listen(phone, tmp_path / "baresip", "PCMA/8000/1")
    assert clearest(samples[8_000:], 700) > 0.9
