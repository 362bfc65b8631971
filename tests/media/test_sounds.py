import subprocess
import sys

import pytest

from responder.media.codecs import PCMA, PCMU
from responder.media.sounds import Sound, Sounds
from tests.audio import recording


def test_a_sound_is_prepared_once_for_each_format() -> None:
    sounds = Sounds()
    ring = Sound("tone", (425.0,))
    prepared = sounds.prepare(ring, PCMU)
    assert sounds.prepare(Sound("tone", (425.0,)), PCMU) is prepared
    assert sounds.prepare(ring, PCMA) != prepared
    assert sounds.prepare(Sound("tone", (440.0,)), PCMU) != prepared
    assert sounds.prepare(Sound("silence"), PCMU) == (b"\xff" * 160,)


def test_a_file_is_read_once_for_each_format() -> None:
    asked: list[str] = []

    def read(path: str) -> bytes:
        asked.append(path)
        return recording(0.1)

    sounds = Sounds(read)
    for _ in range(3):
        assert len(sounds.prepare(Sound("file", file="hello.wav"), PCMU)) == 5
    assert asked == ["hello.wav"]


def test_a_file_that_cannot_be_played_is_not_kept() -> None:
    contents = [b"no sound", recording(0.02)]
    sounds = Sounds(lambda _: contents.pop(0))
    with pytest.raises(ValueError, match="cannot be read as audio"):
        sounds.prepare(Sound("file", file="hello.wav"), PCMU)
    assert len(sounds.prepare(Sound("file", file="hello.wav"), PCMU)) == 1


def test_there_are_no_files_unless_they_can_be_read() -> None:
    with pytest.raises(OSError, match=r"hello\.wav is not there"):
        Sounds().prepare(Sound("file", file="hello.wav"), PCMU)


def test_the_library_is_not_loaded_before_a_sound_is() -> None:
    """It takes as long as all the rest of the start; an echo needs none of it."""
    look = "import sys; import responder.cli.serving; print('av' in sys.modules)"
    made = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert made.stdout == "False\n"
