"""Phrases, bodies and stray bytes that a parser should survive."""

from dataclasses import dataclass
from typing import ClassVar, Final

from responder.faults.draft import Draft
from responder.faults.fault import Chance, Mutation, pick
from responder.faults.parameter import parameter

_UTF_8: Final = "Besetzt, zajęty, 通話中, مشغول".encode()
_KINDS: Final = {"empty": "empty", "long": "long", "utf-8": "UTF-8", "control": "not text"}
_DONE: Final = {
    "short": "a body that is too short",
    "long": "a body that is too long",
    "garbage": "a body that is garbage",
    "none": "a Content-Type and no body",
}
_CONTROL: Final = b"Busy\x07\x1b[31m\x08\x7f\x01Here"


@dataclass(frozen=True, slots=True)
class Phrase(Mutation):
    """Have an odd reason phrase: none, a very long one, one in many scripts, control bytes."""

    NAME: ClassVar[str] = "phrase"
    SCALAR: ClassVar[str] = "kind"

    kind: str = parameter(
        "choice", "which", "empty", choices=("empty", "long", "utf-8", "control"), required=True
    )
    size: int = parameter("integer", "how long a long one is", 8_192, unit="bytes", most=60_000)

    def mutate(self, draft: Draft, draw: Chance) -> str:
        """Replace what stands behind the status."""
        del draw
        if not draft.is_response:
            return ""
        made = {"empty": b"", "long": b"x" * self.size, "utf-8": _UTF_8, "control": _CONTROL}
        version, status = draft.start.split(b" ")[:2]
        draft.start = b"%b %b %b" % (version, status, made[self.kind])
        return f"a reason phrase that is {_KINDS[self.kind]}"


@dataclass(frozen=True, slots=True)
class Body(Mutation):
    """Have a body that disagrees with what is said about it.

    ``short``: half of what Content-Length says. ``long``: more than it says. ``garbage``: as long
    as it says, but nothing that Content-Type says. ``none``: a Content-Type and no body. Where the
    message has no body, it gets one of type application/sdp first.
    """

    NAME: ClassVar[str] = "body"
    SCALAR: ClassVar[str] = "how"

    how: str = parameter(
        "choice", "which", "short", choices=("short", "long", "garbage", "none"), required=True
    )

    def mutate(self, draft: Draft, draw: Chance) -> str:
        """Change the body; its Content-Length stays as right as the fault allows."""
        if not draft.body:
            draft.body = b"v=0\r\no=- 0 0 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n"
            draft.put(b"Content-Type", b"application/sdp")
            draft.put(b"Content-Length", b"%d" % len(draft.body))
        if self.how == "short":
            draft.body = draft.body[: len(draft.body) // 2]
        elif self.how == "long":
            draft.body += b"\r\nand more than was said\r\n"
        elif self.how == "garbage":
            draft.body = bytes(pick(256, draw) for _ in draft.body)
        else:
            draft.body = b""
            draft.put(b"Content-Length", b"0")
        return _DONE[self.how]


@dataclass(frozen=True, slots=True)
class Before(Mutation):
    """Put bytes in front of a message."""

    NAME: ClassVar[str] = "before"
    SCALAR: ClassVar[str] = "text"

    text: str = parameter("text", "which", "\r\n\r\ngarbage\r\n", least=1, most=65_535)

    def mutate(self, draft: Draft, draw: Chance) -> str:
        """Put them there."""
        del draw
        draft.before += self.text.encode()
        return f"{len(self.text.encode())} bytes in front"


@dataclass(frozen=True, slots=True)
class Behind(Mutation):
    """Put bytes behind a message."""

    NAME: ClassVar[str] = "behind"
    SCALAR: ClassVar[str] = "text"

    text: str = parameter("text", "which", "garbage\r\n", least=1, most=65_535)

    def mutate(self, draft: Draft, draw: Chance) -> str:
        """Put them there."""
        del draw
        draft.behind += self.text.encode()
        return f"{len(self.text.encode())} bytes behind"


@dataclass(frozen=True, slots=True)
class Nul(Mutation):
    """Put a NUL byte into a message."""

    NAME: ClassVar[str] = "nul"
    SCALAR: ClassVar[str] = "where"

    where: str = parameter(
        "choice",
        "where",
        "start-line",
        choices=("start-line", "name", "value", "body", "before", "behind"),
    )

    def mutate(self, draft: Draft, draw: Chance) -> str:
        """Put it in the middle of a part; of names and values one is drawn."""
        if self.where == "start-line":
            draft.start = _pierced(draft.start)
        elif self.where == "body":
            draft.body = _pierced(draft.body)
        elif self.where == "before":
            draft.before += b"\0"
        elif self.where == "behind":
            draft.behind += b"\0"
        elif draft.fields:
            at = pick(len(draft.fields), draw)
            name, value = draft.fields[at]
            pierced = (_pierced(name), value) if self.where == "name" else (name, _pierced(value))
            draft.fields[at] = pierced
        return f"a NUL in the {self.where}"


def _pierced(text: bytes) -> bytes:
    middle = len(text) // 2
    return text[:middle] + b"\0" + text[middle:]
