"""Audio as tests make it and judge it."""

import io
import math
import wave
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.codec.context import CodecContext
from av.packet import Packet

from responder.media.codecs import G722, OPUS, PCMA, PCMU, Codec

Samples: TypeAlias = "array[int]"

DECODERS = {PCMU: "pcm_mulaw", PCMA: "pcm_alaw", G722: "g722", OPUS: "opus"}


def heard(payloads: Iterable[bytes], codec: Codec) -> Samples:
    """Samples at 8 kHz of what a receiver plays."""
    decoder = CodecContext.create(DECODERS[codec], "r")
    assert isinstance(decoder, AudioCodecContext)
    decoder.sample_rate = 16_000 if codec is G722 else codec.clock
    decoder.layout = "mono"
    resampler = AudioResampler("s16", "mono", 8_000)
    samples = array("h")
    for payload in payloads:
        for frame in decoder.decode(Packet(payload)):
            for piece in resampler.resample(frame):
                samples.frombytes(bytes(piece.planes[0])[: 2 * piece.samples])
    return samples


def power(samples: Samples, frequency: float) -> float:
    """How much of the samples' power is at one frequency: Goertzel's algorithm, 0 to 1."""
    turn = 2 * math.cos(2 * math.pi * frequency / 8_000)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + turn * last - before
    found = last * last + before * before - turn * last * before
    whole = sum(sample * sample for sample in samples) * len(samples) / 2
    return found / whole if whole else 0.0


def clearest(samples: Samples, frequency: float) -> float:
    """The highest `power` of any quarter of a second.

    A phone that shares the processor with other tests drops out now and then; what it hears in
    between is the tone all the same.
    """
    span = 2_000
    starts = range(0, len(samples) - span, span)
    return max((power(samples[at : at + span], frequency) for at in starts), default=0.0)


def samples_of(file: Path) -> Samples:
    """The samples of a WAV file, mixed to one channel at 8 kHz."""
    with wave.open(str(file), "rb") as wav:
        assert wav.getsampwidth() == 2
        layout = "mono" if wav.getnchannels() == 1 else "stereo"
        # What is still being written may be shorter than its header says.
        data = wav.readframes(wav.getnframes())
        whole = len(data) // (2 * wav.getnchannels())
        frame = AudioFrame("s16", layout, whole)
        frame.sample_rate = wav.getframerate()
        frame.planes[0].update(data[: 2 * wav.getnchannels() * whole])
    samples = array("h")
    for piece in AudioResampler("s16", "mono", 8_000).resample(frame):
        samples.frombytes(bytes(piece.planes[0])[: 2 * piece.samples])
    return samples


def recording(
    seconds: float, frequency: float = 1_000, rate: int = 44_100, channels: int = 2
) -> bytes:
    """A WAV file with a tone."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        samples = array("h")
        for index in range(int(seconds * rate)):
            samples.extend(
                [int(8_000 * math.sin(2 * math.pi * frequency * index / rate))] * channels
            )
        out.writeframes(samples.tobytes())
    return file.getvalue()
