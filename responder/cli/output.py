"""Standard output and standard error of a process that runs for long."""

import os
import signal
from collections.abc import Callable
from typing import TextIO


def end_as_told() -> None:
    """End the process as SIGTERM does."""
    signal.raise_signal(signal.SIGTERM)


class Output:
    """Writes to a stream at once, in whatever characters it takes.

    When nobody reads the stream any more, as after ``responder | head``, nothing more is written
    and the process is ended.

    Attributes:
        encoding: the name of the stream's encoding, in lower case.
    """

    def __init__(self, stream: TextIO, gone: Callable[[], None] = end_as_told) -> None:
        """Take the stream, and what ends the process."""
        self._stream = stream
        self._gone = gone
        self._read = True
        self.encoding = (stream.encoding or "ascii").lower()

    def write(self, text: str) -> None:
        """Write whole lines; what the encoding lacks is written as escapes."""
        if not self._read:
            return
        try:
            self._stream.write(text.encode(self.encoding, "backslashreplace").decode(self.encoding))
            self._stream.flush()
        except BrokenPipeError:
            self._read = False
            # What is left in the stream's buffer must not fail again at the interpreter's end.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
            self._gone()
