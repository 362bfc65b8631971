"""Somebody who watches the responder over HTTP: the page with its events, and Prometheus."""

import http.client
import socket
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

SCRAPE = 5.0
"""Seconds between two looks at the metrics; Prometheus takes 15 where nothing else is said."""

PATIENCE = 20.0
"""Seconds that an answer may take."""


class Watching:
    """Keeps the page's stream of events open, and asks for the metrics every few seconds.

    Attributes:
        events: how many events came.
        scrapes: how often the metrics were read.
    """

    def __init__(self, port: int) -> None:
        """Take the port of 127.0.0.1 on which HTTP is served."""
        self.events = 0
        self.scrapes = 0
        self._port = port
        self._over = threading.Event()
        self._stream = self._connect()
        self._threads = [threading.Thread(target=self._read), threading.Thread(target=self._scrape)]

    def __enter__(self) -> Self:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._stream.request("GET", "/api/v1/events")
            except ConnectionRefusedError:
                # HTTP is served some moments after SIP.
                if time.monotonic() > deadline:
                    raise RuntimeError("nothing is served over HTTP") from None
                time.sleep(0.05)
            else:
                break
        self._response = self._stream.getresponse()
        if self._response.status != 200:
            raise RuntimeError(f"the events were answered by {self._response.status}")
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        if self._stream.sock is not None:
            # The reading thread waits in it.
            with suppress(OSError):
                self._stream.sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._response.close()
        self._stream.close()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)

    def _read(self) -> None:
        with suppress(OSError, ValueError, http.client.HTTPException):
            while line := self._response.readline():
                self.events += line.startswith(b"event:")

    def _scrape(self) -> None:
        connection = self._connect()
        with suppress(OSError, http.client.HTTPException):
            while not self._over.wait(SCRAPE):
                connection.request("GET", "/metrics")
                self.scrapes += bool(connection.getresponse().read())
        connection.close()
