r"""Messages written down so that a person can read them, and what a UAS should make of each.

``messages/NAME.sip`` holds one message, UTF-8, a line a line. Its exact bytes are what `expand`
makes of it:

- every line ends in CRLF, whatever the editor wrote, and a message that has no blank line gets one;
- ``\xHH`` is the byte HH; any other backslash is a backslash;
- ``<repeat "TEXT" N>`` is TEXT, N times over;
- ``<nobreak>`` at the end of a line joins it to the next one, with nothing in between;
- ``<length>`` is the number of bytes behind the first blank line.

``expected.toml`` holds a table a message; `Hazard` says what its keys mean.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MESSAGES = Path(__file__).parent / "messages"
EXPECTED = Path(__file__).parent / "expected.toml"

_NOBREAK = re.compile(rb"<nobreak>\r\n")
_REPEAT = re.compile(rb'<repeat "([^"]*)" (\d+)>')
_BYTE = re.compile(rb"\\x([0-9a-fA-F]{2})")


@dataclass(frozen=True, slots=True)
class Hazard:
    """One message of the corpus.

    Attributes:
        name: the file's name without ``.sip``.
        data: the exact bytes.
        section: where the hazard is described.
        hazard: what is wrong with the message, or hard about it.
        shows: a regular expression that finds the hazard in ``data``.
        udp: what may answer it in a datagram: final statuses, or ``dropped`` for no answer at all;
            None where it does not apply.
        tcp: the same on a stream.
        framed: False where the header does not say truly how long the body is, so that nothing
            can follow the message.
        closes: True where a stream must be closed, at once or once it has waited in vain.
        headers: header fields that the final response must have; an empty value means any.
        always: a regular expression that must find something in the final response.
        never: a regular expression that must find nothing in any response.
        unreadable: header fields of the response that the oracle cannot read, each with the reason.
        rows: the behaviours that the message shows, as in the marker ``row``.
    """

    name: str
    data: bytes
    section: str
    hazard: str
    shows: str
    udp: tuple[int | str, ...] | None = None
    tcp: tuple[int | str, ...] | None = None
    framed: bool = True
    closes: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    always: str = ""
    never: str = ""
    unreadable: tuple[tuple[str, str], ...] = ()
    rows: tuple[str, ...] = ()

    @property
    def response(self) -> bool:
        """True for a message that is itself a response."""
        return self.data.startswith(b"SIP/")


def expand(text: bytes) -> bytes:
    """Return the bytes that a ``.sip`` file stands for."""
    lines = text.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
    data = _NOBREAK.sub(b"", b"\r\n".join(lines) + b"\r\n")
    data = _REPEAT.sub(lambda found: found[1] * int(found[2]), data)
    data = _BYTE.sub(lambda found: bytes.fromhex(found[1].decode()), data)
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank:
        head, blank = data.removesuffix(b"\r\n"), b"\r\n\r\n"
    return head.replace(b"<length>", b"%d" % len(body)) + blank + body


def _hazard(name: str, entry: dict[str, Any]) -> Hazard:
    for key in ("udp", "tcp", "rows"):
        if key in entry:
            entry[key] = tuple(entry[key])
    for key in ("headers", "unreadable"):
        if key in entry:
            entry[key] = tuple(entry[key].items())
    return Hazard(name, expand((MESSAGES / f"{name}.sip").read_bytes()), **entry)


def load() -> list[Hazard]:
    """Return the whole corpus, in the order of ``expected.toml``."""
    with EXPECTED.open("rb") as file:
        return [_hazard(name, entry) for name, entry in tomllib.load(file).items()]
