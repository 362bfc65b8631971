"""The page in a real browser: what a reader does with it, and what must never happen meanwhile."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, sync_playwright

from tests import peers
from tests.interop.plain_caller import Call, PlainCaller
from tests.serving import LISTEN, Serving

PATIENCE = 20_000.0
"""Milliseconds that something on the page may take. Only a failure waits that long."""

_QUIETLY = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    # A virtual machine may have little of /dev/shm.
    "--disable-dev-shm-usage",
)


class Host:
    """A ``responder serve`` with its page, and a caller that calls it."""

    def __init__(self, home: Path, *arguments: str, http: str = "127.0.0.1:0") -> None:
        self.serving = Serving((*arguments, "--http", http), LISTEN, home)
        self.http: str = json.loads((home / "ports.json").read_text())["http"]
        self.url = f"http://{self.http}/"
        self.port = self.serving.port()
        self.caller = PlainCaller("udp", self.port)

    def dial(self, *users: str) -> list[int]:
        """Call numbers one after another, and return the final status that each got."""
        return [self._dialled(user).finals()[0] for user in users]

    def _dialled(self, user: str) -> Call:
        call = self.caller.dial(user)
        self.caller.receive(lambda: bool(call.finals()))
        self.caller.acknowledge(call)
        if call.finals()[0] < 300:
            self.caller.bye(call)
            self.caller.receive(lambda: bool(call.finals("BYE")))
        return call

    def reset(self) -> None:
        """Have it forget what was set at run time, and the record."""
        self.send("POST", "/api/v1/reset")

    def send(self, method: str, path: str, body: str = "") -> None:
        """Send a request to the API, which has to take it."""
        connection = HTTPConnection(self.http)
        connection.request(method, path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        assert response.status < 300, response.read()
        connection.close()

    def close(self, *said: str) -> None:
        """End it; it has to end cleanly.

        Args:
            said: what each line that it wrote to stderr may hold.
        """
        self.caller.close()
        ending = self.serving.stop()
        odd = [
            line for line in ending.stderr.splitlines() if not any(text in line for text in said)
        ]
        assert (ending.status, odd) == (0, []), ending.stderr


@dataclass
class Watch:
    """What must not happen on a page: a dialog, a failed script, a way out."""

    home: str
    seen: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        """Note whatever of it happens."""
        page.on("dialog", self._dialog)
        page.on("pageerror", lambda fault: self.seen.append(f"error: {fault}"))
        page.on("console", self._console)
        page.context.on("request", self._request)

    def _dialog(self, dialog: Dialog) -> None:
        self.seen.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        # A request that is answered with an error is told of as one; that is no fault of the page.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.seen.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.home, f"blob:{self.home}", "data:")):
            self.seen.append(f"request: {request.url}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Debian's Chromium."""
    program = peers.find("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*_QUIETLY])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visit(
    browser: Browser,
    host: Host,
    path: str = "",
    *,
    colours: Literal["light", "dark"] = "light",
    width: int = 1440,
) -> Iterator[Page]:
    """Open the page anew, in a browser that knows nothing of earlier visits.

    Args:
        browser: the browser.
        host: whose page it is.
        path: what stands behind the slash of its address.
        colours: which ones the reader prefers.
        width: of the window, in pixels.
    """
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=colours,
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    watch = Watch(host.url)
    watch.over(page)
    page.goto(host.url + path)
    try:
        yield page
        assert watch.seen == []
    finally:
        context.close()
