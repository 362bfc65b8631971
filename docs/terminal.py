"""Draw ``docs/terminal.svg``: the responder and a probe that calls it, as a terminal shows them.

What is drawn is what the two programs print. ``python docs/terminal.py`` makes it anew.
"""

import argparse
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 80
CALLS = ("sip:486@127.0.0.1", "sip:180-2-200@127.0.0.1")
_WEB_FONT = re.compile(r"\s*@font-face \{[^}]*\}")
PROMPT = "[bold green]$[/] "


class Shown:
    """A program on a terminal of its own.

    Args:
        words: the arguments of ``responder``.
    """

    def __init__(self, *words: str) -> None:
        self._screen, far_end = pty.openpty()
        environment = os.environ | {
            "COLUMNS": str(COLUMNS),
            "COLORTERM": "truecolor",
            "PYTHONUTF8": "1",
            "TERM": "xterm-256color",
        }
        environment.pop("NO_COLOR", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "responder", *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=far_end,
            stderr=far_end,
        )
        os.close(far_end)
        self._printed = bytearray()

    def until(self, text: str) -> str:
        """Return what was printed since the last time, up to the line with ``text``."""
        while text.encode() not in self._printed and self._read():
            pass
        before, found, after = self._printed.partition(text.encode())
        if not found:
            message = f'"{text}" was not printed, but: {before.decode()}'
            raise LookupError(message)
        while b"\n" not in after and self._read():
            after = self._printed.partition(found)[2]
        rest, end, _ = after.partition(b"\n")
        taken = before + found + rest + end
        del self._printed[: len(taken)]
        return taken.replace(b"\r\n", b"\n").decode()

    def rest(self) -> str:
        """Wait for the end and return what was printed since the last time."""
        while self._read():
            pass
        os.close(self._screen)
        self.process.wait()
        return self._printed.replace(b"\r\n", b"\n").decode()

    def _read(self) -> bool:
        try:
            data = os.read(self._screen, 65536)
        except OSError:  # how Linux says that the program has closed the terminal
            return False
        self._printed += data
        return bool(data)


@contextmanager
def answering(*words: str) -> Iterator[Shown]:
    """Keep ``responder serve`` running."""
    shown = Shown("serve", *words)
    try:
        yield shown
    finally:
        shown.process.send_signal(signal.SIGTERM)
        shown.rest()


def draw(port: int) -> str:
    """Return the picture of a real run.

    Args:
        port: where the responder listens; on 5060 it is started as a new user starts it.
    """
    address = "127.0.0.1" if port == 5060 else f"127.0.0.1:{port}"
    listen = [] if port == 5060 else ["--listen", f"udp:{address}", "--listen", f"tcp:{address}"]
    console = Console(record=True, width=COLUMNS, file=StringIO(), highlight=False)
    with answering(*listen) as responder:
        banner = responder.until("or run")
        console.print(PROMPT + "responder serve")
        console.print(Text.from_ansi(banner.strip("\n")), end="\n\n")
        probes = [(uri, Shown("probe", uri.replace("127.0.0.1", address)).rest()) for uri in CALLS]
        lines = "".join(responder.until(f"INVITE {uri[4:].partition('@')[0]} ") for uri in CALLS)
    console.print(Text.from_ansi(lines.strip()), end="\n\n")
    console.print("[dim]# in another terminal[/]")
    for uri, printed in probes:
        console.print(f"{PROMPT}responder probe {uri}")
        console.print(Text.from_ansi(printed.strip("\n")), end="\n\n")
    picture = console.export_svg(title="SIP responder", unique_id="terminal")
    # Whoever looks at the picture is not to fetch fonts from elsewhere.
    return _WEB_FONT.sub("", picture)


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description="Draw docs/terminal.svg from a real run.")
    parser.add_argument("--port", type=int, default=5060, help="where the responder listens")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("terminal.svg"))
    arguments = parser.parse_args()
    arguments.output.write_text(draw(arguments.port), encoding="utf-8")


if __name__ == "__main__":
    main()
