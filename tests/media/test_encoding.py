"""What is played, read back by the decoders of the same library."""

import math

import pytest

from responder.media.codecs import G722, PCMA, PCMU, Codec
from responder.media.encoding import LONGEST, BadAudio, check, file, silence, tone
from tests.audio import DECODERS, heard, power, recording

each_codec = pytest.mark.parametrize("codec", DECODERS, ids=lambda codec: codec.name.decode())


@each_codec
def test_a_tone_has_its_frequency(codec: Codec) -> None:
    payloads = tone((440.0,), codec)
    assert len(payloads) == 50
    samples = heard(payloads * 2, codec)[8_000:]
    assert power(samples, 440) > 0.95
    assert power(samples, 700) < 0.01


@each_codec
def test_a_tone_goes_on_evenly_where_it_begins_again(codec: Codec) -> None:
    """Whole periods, and an encoder that has settled: the seam sounds like the rest."""
    samples = heard(tone((425.5,), codec) * 3, codec)
    assert len(tone((425.5,), codec)) == 100
    seam = samples[2 * 8_000 - 800 + 8_000 * 2 : 2 * 8_000 + 800 + 8_000 * 2]
    assert power(seam, 425.5) > 0.95


def test_frequencies_sound_together() -> None:
    samples = heard(tone((350.0, 440.0), PCMU), PCMU)
    assert power(samples, 350) == pytest.approx(0.5, abs=0.05)
    assert power(samples, 440) == pytest.approx(0.5, abs=0.05)


def test_frequencies_that_share_no_period_begin_again_after_ten_seconds() -> None:
    assert len(tone((math.pi * 100,), PCMU)) == 500


@each_codec
def test_silence_is_one_payload_that_is_silent(codec: Codec) -> None:
    [payload] = silence(codec)
    samples = heard([payload] * 25, codec)
    assert max(map(abs, samples)) <= 32


def test_the_payloads_of_g711_hold_20_ms() -> None:
    for codec in (PCMU, PCMA, G722):
        assert {len(payload) for payload in tone((440.0,), codec)} == {160}


@each_codec
def test_a_file_is_played_at_the_rate_of_the_codec(codec: Codec) -> None:
    payloads = file(recording(1.01), codec)
    assert len(payloads) == 51
    samples = heard(payloads, codec)
    assert power(samples[800:7_200], 1_000) > 0.95


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "cannot be read as audio: "),
        (b"not a sound\n" * 20, "cannot be read as audio: "),
        (recording(0.1)[:20], "cannot be read as audio: "),
        (recording(0.0), "holds no audio"),
        (b"1\n00:00:00,000 --> 00:00:01,000\nhello\n\n", "holds no audio"),
        (recording(LONGEST + 1, rate=100), f"is longer than {LONGEST} seconds"),
    ],
    ids=["empty", "text", "cut-off", "no-samples", "subtitles", "long"],
)
def test_a_file_without_audio_is_named_as_such(data: bytes, fault: str) -> None:
    for read in (check, lambda each: file(each, PCMU)):
        with pytest.raises(BadAudio, match=f"^{fault}"):
            read(data)


def test_a_file_with_audio_is_as_it_should_be() -> None:
    check(recording(0.1))
