"""A core whose messages are written to a capture file as they pass."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from responder import __version__
from responder.report.pcap import Capture
from responder.sip.events import (
    Address,
    CloseFlow,
    Core,
    Flow,
    OpenFlow,
    Output,
    ResetFlow,
    Send,
    SendFrom,
)

PROGRAM: Final = f"sip-responder/{__version__}"
"""Who made a file, as the file tells it."""

WAITING: Final = 1 << 20
"""Bytes kept of what is sent on a connection that does not stand yet, as its socket keeps them."""


class CaptureFile:
    """A capture file (`responder.report.pcap`) that is written while messages pass.

    Every write ends with a whole packet, so the file can be read at any time. When one fails, as on
    a full disk, what it left is taken back, and nothing more is written.

    Attributes:
        capture: makes what is to be written.
    """

    def __init__(self, path: Path, *, epoch: float, on_failure: Callable[[str], None]) -> None:
        """Begin the file anew.

        Args:
            path: where it is.
            epoch: what to add to the core's clock to get seconds since 1970.
            on_failure: takes the sentence that it can no longer be written.

        Raises:
            OSError: it cannot be written.
        """
        self._path = path
        self._on_failure = on_failure
        self.capture = Capture(epoch, PROGRAM)
        self._file: BinaryIO | None = path.open("wb", buffering=0)
        self._size = 0
        try:
            self._put(self._file, self.capture.head())
        except OSError as failure:
            self.close()
            failure.filename = str(path)
            raise

    def write(self, data: bytes) -> None:
        """Write whole packets, unless that has failed before."""
        if self._file is None:
            return
        try:
            self._put(self._file, data)
        except OSError as failure:
            self.close()
            self._on_failure(
                f"{self._path} cannot be written any more: {failure.strerror}."
                " It holds what passed before; all else goes on."
            )

    def close(self) -> None:
        """End the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _put(self, file: BinaryIO, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[file.write(view) :]
        except OSError:
            if self._size:
                _cut(file, self._size)
            raise
        self._size += len(data)


def _cut(file: BinaryIO, size: int) -> None:
    """Take back what is behind ``size`` bytes; a pipe cannot."""
    if file.seekable():
        os.ftruncate(file.fileno(), size)


class Capturing:
    """Stands before a core and writes what goes in and what comes out; it changes nothing.

    It writes once for each batch: when the shell takes the outputs.

    Args:
        core: the core.
        file: the file.
        clock: the clock of the core's ``now``.
    """

    def __init__(self, core: Core, file: CaptureFile, clock: Callable[[], float]) -> None:
        self._core = core
        self._file = file
        self._clock = clock
        self._batch: list[bytes] = []
        # What was sent on connections of ours that do not stand yet, and which ones we close.
        self._opening: dict[Flow, list[bytes]] = {}
        self._ending: set[Flow] = set()
        self.expire = core.expire
        self.next_deadline = core.next_deadline

    def receive(self, flow: Flow, data: bytes, now: float) -> None:
        """Write bytes that came, and let the core take them."""
        self._batch.append(self._file.capture.message(flow, data, came=True, at=now))
        self._core.receive(flow, data, now)

    def flow_opened(self, flow: Flow, now: float) -> None:
        """Write a beginning, and what waited for it, and tell the core."""
        waiting = self._opening.pop(flow, None)
        capture = self._file.capture
        self._batch.append(capture.opened(flow, by_peer=waiting is None, at=now))
        for data in waiting or ():
            self._batch.append(capture.message(flow, data, came=False, at=now))
        self._core.flow_opened(flow, now)

    def flow_closed(self, flow: Flow, now: float) -> None:
        """Write an end, and tell the core."""
        ours = flow in self._ending
        self._ending.discard(flow)
        self._batch.append(self._file.capture.closed(flow, by_peer=not ours, at=now))
        self._core.flow_closed(flow, now)

    def flow_failed(self, flow: Flow, address: Address, reason: str, now: float) -> None:
        """Forget what was to be sent on a connection that could not be made, and tell the core."""
        self._opening.pop(flow, None)
        self._ending.discard(flow)
        self._core.flow_failed(flow, address, reason, now)

    def source_refused(self, transport: str, address: Address, now: float) -> None:
        """Tell the core of a source that is not allowed."""
        self._core.source_refused(transport, address, now)

    def take_outputs(self) -> Sequence[Output]:
        """Write bytes that leave, and return what is to be done."""
        outputs = self._core.take_outputs()
        for output in outputs:
            if isinstance(output, Send):
                self._leaves(output)
            elif isinstance(output, SendFrom):
                self._leaves_elsewhere(output)
            elif isinstance(output, OpenFlow):
                self._opening[output.flow] = []
            elif isinstance(output, CloseFlow | ResetFlow) and not output.flow.closed:
                self._ending.add(output.flow)
        if self._batch:
            self._file.write(b"".join(self._batch))
            self._batch.clear()
        return outputs

    def _leaves_elsewhere(self, send: SendFrom) -> None:
        port = f"port {send.port}" if send.port else "another port that was free"
        self._batch.append(
            self._file.capture.message(
                send.flow,
                send.data,
                came=False,
                at=self._clock(),
                address=send.address,
                comments=(f"it left from {port}",),
            )
        )

    def _leaves(self, send: Send) -> None:
        flow = send.flow
        waiting = self._opening.get(flow)
        if flow.closed:
            return  # nothing is sent on it any more
        if waiting is None:
            capture, now = self._file.capture, self._clock()
            self._batch.append(
                capture.message(flow, send.data, came=False, at=now, address=send.address)
            )
        elif sum(map(len, waiting)) + len(send.data) <= WAITING:
            waiting.append(send.data)
