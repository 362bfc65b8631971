"""Audio as payloads of 20 ms: tones, silence and files, encoded by FFmpeg's libraries (PyAV).

Importing this takes as long as the rest of the start, so `responder.media.sounds` does it when the
first sound is prepared. An echo needs none of it.
"""

import io
from collections.abc import Iterable, Iterator
from typing import Final

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.error import FFmpegError
from av.filter import Graph

from responder.media.codecs import G722, OPUS, PCMA, PCMU, Codec

FRAMES_A_SECOND: Final = 50
LONGEST: Final = 600
"""Seconds of a file that are played at the most; a longer one is refused."""

LOOPS: Final = (1, 2, 4, 5, 8, 10)
"""Seconds after which a tone begins again, if all its frequencies have whole periods by then."""

_VOLUME: Final = 0.4
_ENCODERS: Final = {
    PCMU: ("pcm_mulaw", 8_000),
    PCMA: ("pcm_alaw", 8_000),
    G722: ("g722", 16_000),
    OPUS: ("libopus", 48_000),
}
"""Encoder and sampling rate of each codec of speech."""


class BadAudio(ValueError):
    """A file cannot be played; the text is a clause without the file's name."""


def tone(frequencies: tuple[float, ...], codec: Codec) -> tuple[bytes, ...]:
    """Return the payloads of a tone, to be sent over and over.

    Args:
        frequencies: in hertz, sounded together at one volume; at least one.
        codec: the format.
    """
    rate = _ENCODERS[codec][1]
    seconds = next((s for s in LOOPS if all((f * s).is_integer() for f in frequencies)), LOOPS[-1])
    wave = "+".join(f"sin(2*PI*{frequency!r}*t)" for frequency in frequencies)
    expression = f"{_VOLUME / len(frequencies)!r}*({wave})"
    # Twice as long, so that an encoder with a memory has it filled where the loop begins.
    graph = Graph()
    source = graph.add("aevalsrc", exprs=expression, d=str(2 * seconds), s=str(rate))
    source.link_to(graph.add("abuffersink"))
    graph.configure()
    return encode(_pulled(graph), codec)[-seconds * FRAMES_A_SECOND :]


def silence(codec: Codec) -> tuple[bytes, ...]:
    """Return the one payload of silence."""
    rate = _ENCODERS[codec][1]
    return encode([_frame(bytes(2 * rate), rate)], codec)[-1:]


def file(data: bytes, codec: Codec) -> tuple[bytes, ...]:
    """Return the payloads of a file with audio, of any kind and sampling rate, its end padded.

    Raises:
        BadAudio: it holds no audio that can be read, or more than `LONGEST` seconds.
    """
    return encode(_decoded(data), codec)


def check(data: bytes) -> None:
    """See whether a file can be played.

    Raises:
        BadAudio: as `file` does.
    """
    for _ in _decoded(data):
        pass


def encode(frames: Iterable[AudioFrame], codec: Codec) -> tuple[bytes, ...]:
    """Return audio as payloads of 20 ms each; what is missing of the last one is silence."""
    name, rate = _ENCODERS[codec]
    size = rate // FRAMES_A_SECOND
    resampler = AudioResampler("s16", "mono", rate, frame_size=size)
    encoder = CodecContext.create(name, "w")
    assert isinstance(encoder, AudioCodecContext)
    encoder.sample_rate = rate
    encoder.layout = "mono"
    encoder.format = "s16"
    encoder.open()
    found: list[bytes] = []
    for frame in (*frames, None):
        for piece in resampler.resample(frame):
            samples = bytes(piece.planes[0])[: 2 * piece.samples].ljust(2 * size, b"\0")
            whole = _frame(samples, rate)
            whole.pts = len(found) * size
            found += [bytes(packet) for packet in encoder.encode(whole)]
    return tuple(found)


def _pulled(graph: Graph) -> Iterator[AudioFrame]:
    while True:
        try:
            frame = graph.pull()
        except (EOFError, BlockingIOError):
            return
        assert isinstance(frame, AudioFrame)
        yield frame


def _frame(samples: bytes, rate: int) -> AudioFrame:
    """Return a frame of signed 16-bit samples."""
    frame = AudioFrame("s16", "mono", len(samples) // 2)
    frame.planes[0].update(samples)
    frame.sample_rate = rate
    return frame


def _decoded(data: bytes) -> Iterator[AudioFrame]:
    try:
        with av.open(io.BytesIO(data), "r") as container:
            streams = [s for s in container.streams if isinstance(s, AudioStream)]
            if not streams:
                raise BadAudio("holds no audio")
            seconds = 0.0
            for frame in container.decode(streams[0]):
                seconds += frame.samples / frame.sample_rate
                if seconds > LONGEST:
                    raise BadAudio(f"is longer than {LONGEST} seconds")
                frame.pts = None
                yield frame
            if not seconds:
                raise BadAudio("holds no audio")
    except FFmpegError as fault:
        reason = fault.strerror or str(fault)
        raise BadAudio(f"cannot be read as audio: {reason.lower()}") from fault
