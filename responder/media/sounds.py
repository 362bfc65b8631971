"""What a caller may hear other than itself: prepared once, shared by all calls."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final, TypeAlias

from responder.media.codecs import Codec

Payloads: TypeAlias = tuple[bytes, ...]
"""Encoded audio, 20 ms each, to be sent over and over."""

KINDS: Final = frozenset({"tone", "silence", "file"})


@dataclass(frozen=True, slots=True)
class Sound:
    """One source of audio.

    Attributes:
        kind: one of `KINDS`.
        tone: the frequencies of a tone, in hertz, sounded together.
        file: the path of a file.
    """

    kind: str
    tone: tuple[float, ...] = ()
    file: str = ""


def no_files(path: str) -> bytes:
    """Read nothing.

    Raises:
        OSError: always.
    """
    raise FileNotFoundError(f"{path} is not there")


class Sounds:
    """Prepares sounds when they are asked for, and keeps them.

    Args:
        read: returns the content of a file by its path, and raises OSError.
    """

    def __init__(self, read: Callable[[str], bytes] = no_files) -> None:
        self._read = read
        self._prepared: dict[tuple[Sound, Codec], Payloads] = {}

    def prepare(self, sound: Sound, codec: Codec) -> Payloads:
        """Return a sound in a format; at least one payload.

        Raises:
            OSError: its file cannot be read.
            ValueError: its file holds no audio; the text is a clause without the file's name.
        """
        payloads = self._prepared.get((sound, codec))
        if payloads is None:
            payloads = self._prepared[sound, codec] = self._encode(sound, codec)
        return payloads

    def _encode(self, sound: Sound, codec: Codec) -> Payloads:
        # Not at the top: an echo needs none of it, and it takes as long as the rest of the start.
        encoding = import_module("responder.media.encoding")
        payloads: Payloads
        if sound.kind == "tone":
            payloads = encoding.tone(sound.tone, codec)
        elif sound.kind == "silence":
            payloads = encoding.silence(codec)
        else:
            payloads = encoding.file(self._read(sound.file), codec)
        return payloads
