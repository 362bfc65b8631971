"""Values that are wrong where a client compares them (RFC 3261 sections 8.1.3, 17.1.3, 20)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final, TypeAlias

from responder.faults.draft import Draft
from responder.faults.fault import Chance, Mutation
from responder.faults.parameter import parameter
from responder.faults.tags import with_parameter, with_tag

_Change: TypeAlias = Callable[[Draft, bytes], bool]
"""Puts a wrong value, empty for one of its own choice, into a draft; False where it cannot."""


def _of(name: bytes, change: Callable[[bytes, bytes], bytes]) -> _Change:
    """Return what changes the first line of a header field, if there is one."""

    def act(draft: Draft, value: bytes) -> bool:
        old = draft.first(name)
        if old is None:
            return False
        draft.put(name, change(old, value))
        return True

    return act


def _sent_by(old: bytes, new: bytes) -> bytes:
    protocol, _, rest = old.partition(b" ")
    _, semicolon, parameters = rest.partition(b";")
    return protocol + b" " + (new or b"wrong.invalid:5060") + semicolon + parameters


def _number(old: bytes, new: bytes) -> bytes:
    number, _, method = old.partition(b" ")
    wrong = new or (b"%d" % (int(number) + 1) if number.isdigit() else b"1")
    return wrong + b" " + method


def _method(old: bytes, new: bytes) -> bytes:
    number, _, method = old.partition(b" ")
    return number + b" " + (new or (b"OPTIONS" if method != b"OPTIONS" else b"INVITE"))


def _length(old: bytes, new: bytes) -> bytes:
    return new or b"%d" % (int(old) + 10 if old.isdigit() else 10)


def _contact(draft: Draft, value: bytes) -> bool:
    draft.put(b"Contact", value or b"<sip:wrong@wrong.invalid>")
    return True


def _content_type(draft: Draft, value: bytes) -> bool:
    draft.put(b"Content-Type", value or b"application/wrong")
    return True


def _version(draft: Draft, value: bytes) -> bool:
    wrong = value or b"SIP/3.0"
    if draft.is_response:
        draft.start = wrong + draft.start[draft.start.index(b" ") :]
    else:
        draft.start = draft.start[: draft.start.rindex(b" ") + 1] + wrong
    return True


def _status(draft: Draft, value: bytes) -> bool:
    if not draft.is_response:
        return False
    version, _, rest = draft.start.partition(b" ")
    draft.start = version + b" " + (value or b"999") + rest[3:]
    return True


def _no_phrase(draft: Draft, value: bytes) -> bool:
    if not draft.is_response:
        return False
    draft.start = b" ".join(draft.start.split(b" ", 2)[:2]) + value
    return True


def _request_uri(draft: Draft, value: bytes) -> bool:
    if draft.is_response:
        return False
    method, _, rest = draft.start.partition(b" ")
    _, _, version = rest.rpartition(b" ")
    draft.start = b"%b %b %b" % (method, value or b"sip:wrong@wrong.invalid", version)
    return True


def _start_line(draft: Draft, value: bytes) -> bool:
    draft.start = value or b"wrong"
    return True


_CHANGES: Final[dict[str, _Change]] = {
    "via-branch": _of(
        b"via", lambda old, new: with_parameter(old, b"branch", new or b"z9hG4bKwrong")
    ),
    "via-sent-by": _of(b"via", _sent_by),
    "to-tag": _of(b"to", lambda old, new: with_tag(old, new or b"wrong")),
    "from-tag": _of(b"from", lambda old, new: with_tag(old, new or b"wrong")),
    "call-id": _of(b"call-id", lambda old, new: new or b"wrong-" + old),
    "cseq": _of(b"cseq", _number),
    "cseq-method": _of(b"cseq", _method),
    "contact": _contact,
    "content-length": _of(b"content-length", _length),
    "content-type": _content_type,
    "version": _version,
    "status": _status,
    "no-phrase": _no_phrase,
    "request-uri": _request_uri,
    "start-line": _start_line,
}
"""What each part can be made: a row for each."""

PARTS: Final = tuple(_CHANGES)


@dataclass(frozen=True, slots=True)
class Wrong(Mutation):
    """Have a wrong value in one part of a message: one of its own choice, or the one written.

    ``cseq`` is its number, one too high; ``content-length`` is ten bytes too long; ``status`` is
    999; ``no-phrase`` is a status line that ends with the code, without the space that belongs
    there.
    """

    NAME: ClassVar[str] = "wrong"
    SCALAR: ClassVar[str] = "part"

    part: str = parameter("choice", "what is wrong", "via-branch", choices=PARTS, required=True)
    value: str = parameter("text", "what stands there instead", "", most=65_535)

    def mutate(self, draft: Draft, draw: Chance) -> str:
        """Change the part."""
        del draw
        done = _CHANGES[self.part](draft, self.value.encode())
        return f"a wrong {self.part}" if done else ""
